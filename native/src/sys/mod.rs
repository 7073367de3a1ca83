//! One safe function per system call: arguments in, value or errno out. `unsafe` is opened here and in the engine glue only.
#![allow(unsafe_code)]

mod bare;
#[cfg(test)]
pub mod child;
pub mod credentials;
pub mod digits;
pub mod fd;
pub mod files;
pub mod init_filter;
pub mod landlock;
pub mod loops;
pub mod mounts;
pub mod parting;
mod pid_variable;
pub mod process;
pub mod seccomp;
pub mod shared;
pub mod signals;
pub mod sockets;
pub mod spawn;
pub mod start;
pub mod terminal;

use rustix::io::Errno;

pub type Result<T> = core::result::Result<T, Errno>;

/// The result of a raw system call through libc, whose errno is in thread-local storage.
fn check(result: libc::c_long) -> Result<libc::c_long> {
    if result < 0 {
        // SAFETY: the C library's own variable, which lives as long as the thread.
        Err(Errno::from_raw_os_error(unsafe { *libc::__errno_location() }))
    } else {
        Ok(result)
    }
}

/// What a kernel answers that is older than the call, and a filter that does not know it: ENOSYS, or EPERM of Docker's with a libseccomp
/// of before. What is refused in earnest is refused once more where it is tried otherwise. seccomp(2)
fn is_missing(errno: Errno) -> bool {
    matches!(errno, Errno::NOSYS | Errno::PERM)
}

/// Repeats a call that a signal interrupted. Not for calls that wait for a time: the caller has the deadline.
pub fn retry<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}
