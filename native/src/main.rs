//! The native host: an engine for the embedded TypeScript, and one safe function per system call. No policy lives here.
#![cfg_attr(not(test), no_main, no_std)]
#![deny(unsafe_code)]
// The test build has no `main`, which is where everything begins.
#![cfg_attr(test, allow(dead_code))]

#[macro_use]
extern crate alloc;

mod engine;
mod host;
mod sys;
mod walk;
mod yaml;

#[cfg(not(test))]
#[global_allocator]
static MEMORY: engine::heap::Shared = engine::heap::Shared;

/// Entered straight from the C start-up code: Rust's own runtime would set SIGPIPE aside and probe descriptors.
#[cfg(not(test))]
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn main(argc: libc::c_int, argv: *const *const libc::c_char) -> libc::c_int {
    sys::start::remember(argc, argv);
    engine::run()
}

/// A defect of the host. There is nothing to unwind to: the process ends, before any workload runs.
#[cfg(not(test))]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    engine::fail(&format!("{info}"));
    sys::process::exit(engine::INTERNAL_FAILURE)
}

/// The core library was compiled to unwind and names these two; a panic of this program ends it before they could be reached.
#[cfg(not(test))]
#[allow(unsafe_code)]
mod unwinding {
    #[unsafe(no_mangle)]
    extern "C" fn rust_eh_personality() {}

    #[unsafe(no_mangle)]
    extern "C" fn _Unwind_Resume() -> ! {
        crate::sys::process::exit(crate::engine::INTERNAL_FAILURE)
    }
}
