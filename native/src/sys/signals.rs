//! Signals by the raw calls: glibc hides two numbers and has a wider mask than the kernel.

use super::{Result, check};

const MASK_BYTES: usize = 8;

/// The kernel's `struct sigaction` on x86_64 and arm64; both have a restorer.
#[repr(C)]
#[derive(Default)]
struct KernelSigaction {
    handler: usize,
    flags: u64,
    restorer: usize,
    mask: u64,
}

/// 0 default, 1 ignored, 2 handled.
pub fn disposition(signal: i32) -> Result<i32> {
    let mut now = KernelSigaction::default();
    // SAFETY: the kernel writes one structure of its own layout; no new action is given.
    check(unsafe {
        libc::syscall(
            libc::SYS_rt_sigaction,
            signal,
            core::ptr::null::<KernelSigaction>(),
            &raw mut now,
            MASK_BYTES,
        )
    })?;
    Ok(match now.handler {
        libc::SIG_DFL => 0,
        libc::SIG_IGN => 1,
        _ => 2,
    })
}

pub fn set_default(signal: i32) -> Result<i32> {
    let default = KernelSigaction::default();
    // SAFETY: the kernel reads one structure of its own layout; SIG_DFL is 0 and needs no restorer.
    check(unsafe {
        libc::syscall(
            libc::SYS_rt_sigaction,
            signal,
            &raw const default,
            core::ptr::null_mut::<KernelSigaction>(),
            MASK_BYTES,
        )
    })
    .map(|_| 0)
}

/// Replaces the mask of blocked signals; returns the former one.
pub fn set_mask(mask: u64) -> Result<u64> {
    let mut former = 0_u64;
    // SAFETY: the kernel reads and writes eight bytes each, both variables of this frame.
    check(unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const mask,
            &raw mut former,
            MASK_BYTES,
        )
    })?;
    Ok(former)
}

/// Those that wait for being unblocked, of this process and of its only thread.
pub fn pending() -> Result<u64> {
    let mut set = 0_u64;
    // SAFETY: the kernel writes eight bytes to a variable of this frame.
    check(unsafe { libc::syscall(libc::SYS_rt_sigpending, &raw mut set, MASK_BYTES) })?;
    Ok(set)
}

#[cfg(test)]
#[path = "signals_tests.rs"]
mod tests;
