//! Descriptors cross the border as numbers; here they become what rustix wants.

use rustix::fd::{BorrowedFd, IntoRawFd, OwnedFd, RawFd};

use rustix::io::{Errno, FdFlags};

use super::{Result, check};

/// A number from the other side as a descriptor for one call. AT_FDCWD is allowed, -1 is not.
pub fn borrow<'fd>(fd: RawFd) -> Result<BorrowedFd<'fd>> {
    if fd < 0 && fd != libc::AT_FDCWD {
        return Err(Errno::BADF);
    }
    // SAFETY: the number is only handed to the kernel, which answers EBADF when it is not open; -1 was refused above.
    Ok(unsafe { BorrowedFd::borrow_raw(fd) })
}

/// The other side owns the descriptor from here on.
pub fn release(fd: OwnedFd) -> i32 {
    fd.into_raw_fd()
}

pub fn close(fd: RawFd) -> Result<i32> {
    // SAFETY: no pointers; a number that is not open gives EBADF.
    check(unsafe { libc::syscall(libc::SYS_close, fd) }).map(|_| 0)
}

pub fn flags(fd: RawFd) -> Result<i32> {
    let flags = rustix::io::fcntl_getfd(borrow(fd)?)?;
    Ok(i32::from(flags.contains(FdFlags::CLOEXEC)))
}

pub fn duplicate_above(fd: RawFd, minimum: RawFd) -> Result<i32> {
    rustix::io::fcntl_dupfd_cloexec(borrow(fd)?, minimum).map(release)
}

/// dup3(2) without close-on-exec.
pub fn duplicate_inherited(from: RawFd, to: RawFd) -> Result<i32> {
    // SAFETY: no pointers.
    check(unsafe { libc::syscall(libc::SYS_dup3, from, to, 0) }).map(|_| 0)
}

/// F_DUPFD: the copy is meant to be inherited.
pub fn duplicate_inherited_above(fd: RawFd, minimum: RawFd) -> Result<i32> {
    // SAFETY: no pointers.
    check(unsafe { libc::syscall(libc::SYS_fcntl, fd, libc::F_DUPFD, minimum) }).map(|copy| copy as i32)
}

pub fn close_range(from: u32, to: u32) -> Result<i32> {
    // SAFETY: no pointers; nothing here owns a descriptor by more than its number.
    check(unsafe { libc::syscall(libc::SYS_close_range, from, to, 0) }).map(|_| 0)
}

pub fn close_range_on_exec(from: u32, to: u32) -> Result<i32> {
    // SAFETY: no pointers; descriptors are marked, none is closed.
    check(unsafe { libc::syscall(libc::SYS_close_range, from, to, libc::CLOSE_RANGE_CLOEXEC) }).map(|_| 0)
}
