//! The native host: an engine for the embedded TypeScript, and one safe function per system call. No policy lives here.
#![cfg_attr(not(test), no_main)]
#![deny(unsafe_code)]
// The test build has no `main`, which is where everything begins.
#![cfg_attr(test, allow(dead_code))]

mod engine;
mod host;
mod sys;
mod walk;
mod yaml;

/// Entered straight from the C start-up code: Rust's own runtime would set SIGPIPE aside and probe descriptors.
#[cfg(not(test))]
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn main(argc: libc::c_int, argv: *const *const libc::c_char) -> libc::c_int {
    sys::start::remember(argc, argv);
    engine::run()
}
