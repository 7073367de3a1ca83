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

/// What is held back while anything is planned, so that nothing is lost.
pub const ALL: u64 = u64::MAX;

/// One signal after another, where it came from and from whom: `struct siginfo` up to what a sender fills in.
#[repr(C)]
struct Came {
    number: i32,
    errno: i32,
    code: i32,
    padding: i32,
    pid: i32,
    rest: [u32; 27],
}

const _: () = assert!(size_of::<Came>() == 128);

/// A signal that was taken in.
pub struct Signal {
    pub number: i32,
    /// SI_KERNEL for what a terminal sends, and 0 or less for what a process does.
    pub code: i32,
}

/// Takes in a blocked signal of the set, for at most so many milliseconds; EAGAIN when time is over.
pub fn wait(set: u64, patience_ms: Option<u32>) -> Result<Signal> {
    let mut came = Came {
        number: 0,
        errno: 0,
        code: 0,
        padding: 0,
        pid: 0,
        rest: [0; 27],
    };
    let time = patience_ms.map(|ms| [i64::from(ms / 1000), i64::from(ms % 1000) * 1_000_000]);
    let timeout = time.as_ref().map_or(core::ptr::null(), |time| time.as_ptr());
    // SAFETY: the kernel reads eight bytes and, where there is one, a timespec, and writes one siginfo, all of this frame.
    let number = check(unsafe {
        libc::syscall(
            libc::SYS_rt_sigtimedwait,
            &raw const set,
            &raw mut came,
            timeout,
            MASK_BYTES,
        )
    })?;
    Ok(Signal {
        number: number as i32,
        code: came.code,
    })
}

/// SIG_DFL for all of them but those two which have nothing else.
pub fn default_all() -> Result<i32> {
    for signal in 1..=64 {
        if signal != libc::SIGKILL && signal != libc::SIGSTOP {
            set_default(signal)?;
        }
    }
    Ok(0)
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
