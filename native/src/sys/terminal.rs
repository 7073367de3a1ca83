//! Sessions, process groups and the terminal that controls them. credentials(7), ioctl_tty(2)

use rustix::fd::RawFd;
use rustix::io::Errno;

use super::signals::{self, set_mask};
use super::{Result, check};

pub fn session() -> Result<i32> {
    // SAFETY: no pointers.
    check(unsafe { libc::syscall(libc::SYS_getsid, 0) }).map(|id| id as i32)
}

pub fn group() -> Result<i32> {
    // SAFETY: no pointers.
    check(unsafe { libc::syscall(libc::SYS_getpgid, 0) }).map(|id| id as i32)
}

pub fn set_group(pid: i32, group: i32) -> Result<i32> {
    // SAFETY: no pointers.
    check(unsafe { libc::syscall(libc::SYS_setpgid, pid, group) }).map(|_| 0)
}

/// The process group in the foreground; ENOTTY of what is not the terminal of this process.
pub fn foreground(fd: RawFd) -> Result<i32> {
    let mut group: libc::pid_t = 0;
    // SAFETY: the kernel writes one int to a variable of this frame.
    check(unsafe { libc::syscall(libc::SYS_ioctl, fd, libc::TIOCGPGRP, &raw mut group) })?;
    Ok(group)
}

/// From the background too where SIGTTOU is blocked.
pub fn set_foreground(fd: RawFd, group: i32) -> Result<i32> {
    // SAFETY: the kernel reads one int of this frame.
    check(unsafe { libc::syscall(libc::SYS_ioctl, fd, libc::TIOCSPGRP, &raw const group) }).map(|_| 0)
}

/// How wide the terminal is, 0 where it does not know; ENOTTY of anything else.
pub fn columns(fd: RawFd) -> Result<i32> {
    let mut size = libc::winsize {
        ws_row: 0,
        ws_col: 0,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: the kernel writes one winsize to a variable of this frame.
    check(unsafe { libc::syscall(libc::SYS_ioctl, fd, libc::TIOCGWINSZ, &raw mut size) })?;
    Ok(i32::from(size.ws_col))
}

/// For a session that has no terminal yet.
pub fn take(fd: RawFd) -> Result<i32> {
    // SAFETY: no pointers.
    check(unsafe { libc::syscall(libc::SYS_ioctl, fd, libc::TIOCSCTTY, 0) }).map(|_| 0)
}

/// Leaves the terminal to whoever takes it. To those in the foreground, this process among them, the kernel sends SIGHUP and SIGCONT for
/// it: the two are taken in here, unless they had come before.
pub fn leave(fd: RawFd) -> Result<i32> {
    const HUP: u64 = 1 << (libc::SIGHUP - 1);
    const CONT: u64 = 1 << (libc::SIGCONT - 1);
    let former = set_mask(signals::ALL)?;
    let waited = signals::pending()?;
    // SAFETY: no pointers.
    let left = check(unsafe { libc::syscall(libc::SYS_ioctl, fd, libc::TIOCNOTTY) });
    for each in [HUP, CONT] {
        if waited & each == 0 {
            match signals::wait(each, Some(0)) {
                Ok(_) | Err(Errno::AGAIN) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
    set_mask(former)?;
    left.map(|_| 0)
}
