//! The native host: an engine for the embedded TypeScript, and one safe function per system call. No policy lives here.
#![cfg_attr(not(test), no_main, no_std)]
#![deny(unsafe_code)]
// The test build has no `main`, which is where everything begins.
#![cfg_attr(test, allow(dead_code))]

#[macro_use]
extern crate alloc;

mod border;
mod copy;
mod engine;
mod host;
mod resident;
mod sys;
mod walk;
mod yaml;

#[cfg(not(test))]
use {
    alloc::string::ToString,
    engine::Outcome,
    host::{Host, program},
};

#[cfg(not(test))]
#[global_allocator]
static MEMORY: engine::memory::Shared = engine::memory::Shared;

/// Entered straight from the C start-up code: Rust's own runtime would set SIGPIPE aside and probe descriptors.
#[cfg(not(test))]
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn main(argc: libc::c_int, argv: *const *const libc::c_char) -> libc::c_int {
    program::remember(argc, argv);
    if resident::is_meant() {
        resident::live();
    }
    program::hold_signals();
    let done = engine::run::<Host>().and_then(|outcome| match outcome {
        Outcome::Ended => Ok(()),
        Outcome::Prepared(memory) => program::write_whole(1, &memory).map_err(|errno| errno.to_string()),
    });
    done.map_or_else(|defect| program::fail(&defect), |()| 0)
}

/// A defect of the host. There is nothing to unwind to: the process ends, before any workload runs.
#[cfg(not(test))]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    program::exit(program::fail(&format!("{info}")))
}

/// The core library was compiled to unwind and names these two; a panic of this program ends it before they could be reached.
#[cfg(not(test))]
#[allow(unsafe_code)]
mod unwinding {
    #[unsafe(no_mangle)]
    extern "C" fn rust_eh_personality() {}

    #[unsafe(no_mangle)]
    extern "C" fn _Unwind_Resume() -> ! {
        super::program::exit(super::program::INTERNAL_FAILURE)
    }
}
