//! Descriptors cross the border as numbers; here they become what rustix wants.

use alloc::vec;
use rustix::fd::{BorrowedFd, IntoRawFd, OwnedFd, RawFd};

use rustix::io::{Errno, FdFlags};

use super::{Result, check, is_missing};

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

/// Without a heap, and on a kernel that has the call.
pub fn close_range_at_once(from: u32) -> Result<()> {
    // SAFETY: no pointers; nothing here owns a descriptor by more than its number.
    check(unsafe { libc::syscall(libc::SYS_close_range, from, i32::MAX, 0) }).map(|_| ())
}

pub fn close_range(from: u32, to: u32) -> Result<i32> {
    range(from, to, 0, |fd| match close(fd) {
        Err(Errno::BADF) => Ok(0),
        closed => closed,
    })
}

pub fn close_range_on_exec(from: u32, to: u32) -> Result<i32> {
    range(
        from,
        to,
        libc::CLOSE_RANGE_CLOEXEC,
        |fd| match rustix::io::fcntl_setfd(borrow(fd)?, FdFlags::CLOEXEC) {
            Err(Errno::BADF) => Ok(0),
            marked => marked.map(|()| 0),
        },
    )
}

/// Kernels before 5.9 do not have the call and those before 5.11 not the flag, which is EINVAL: there it is done to each number that can
/// be open.
fn range(from: u32, to: u32, flags: libc::c_uint, each: impl Fn(RawFd) -> Result<i32>) -> Result<i32> {
    // SAFETY: no pointers; nothing here owns a descriptor by more than its number.
    match check(unsafe { libc::syscall(libc::SYS_close_range, from, to, flags) }) {
        Err(errno) if from <= to && (is_missing(errno) || errno == Errno::INVAL) => {
            (from..=to.min(table_size()? - 1)).try_for_each(|fd| each(fd as RawFd).map(|_| ()))?;
            Ok(0)
        }
        result => result.map(|_| 0),
    }
}

/// Every open descriptor is below, whatever RLIMIT_NOFILE was when it was opened, and whether there is a /proc to list it or not. select(2)
/// takes no notice of numbers for which the kernel's table has no room; among those it has room for, one that is closed is EBADF. A table
/// has room for 64, or for 64 times a power of two.
fn table_size() -> Result<u32> {
    const WORD: u32 = u64::BITS;
    const MOST: u32 = 1 << 24;
    let mut size = WORD;
    while size < MOST {
        let mut asked = vec![0_u64; (size / WORD) as usize + 1];
        *asked.last_mut().ok_or(Errno::INVAL)? = u64::MAX;
        match ready_of(&mut asked) {
            // None of the last 64, or all of them and none is ready.
            Ok(0) if flags(size as RawFd).is_err() => return Ok(size),
            Ok(_) | Err(Errno::BADF) => size *= 2,
            Err(errno) => return Err(errno),
        }
    }
    Err(Errno::NOSYS)
}

/// How many of these can be read from without waiting.
fn ready_of(asked: &mut [u64]) -> Result<libc::c_long> {
    let count = size_of_val(asked) * 8;
    let none = core::ptr::null_mut::<u64>();
    let at_once = [0_i64; 2];
    let no_mask = core::ptr::null::<u64>();
    // SAFETY: the kernel reads and writes at most `count` bits, which is all of the slice, and reads a timespec of this frame.
    check(unsafe {
        libc::syscall(
            libc::SYS_pselect6,
            count,
            asked.as_mut_ptr(),
            none,
            none,
            at_once.as_ptr(),
            no_mask,
        )
    })
}
