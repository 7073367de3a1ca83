//! Filters of system calls. seccomp(2)

use alloc::vec::Vec;
use core::ptr;
use rustix::io::Errno;

use super::{Result, check};

/// As it lies in memory, two digits for each byte.
pub fn decode(digits: &[u8]) -> Result<Vec<libc::sock_filter>> {
    let (bytes, rest) = digits.as_chunks::<16>();
    if bytes.is_empty() || !rest.is_empty() {
        return Err(Errno::INVAL);
    }
    bytes.iter().map(instruction).collect()
}

fn instruction(digits: &[u8; 16]) -> Result<libc::sock_filter> {
    let mut bytes = [0; 8];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        *byte = high.zip(low).map(|(high, low)| high * 16 + low).ok_or(Errno::INVAL)? as u8;
    }
    let [code0, code1, jt, jf, k @ ..] = bytes;
    Ok(libc::sock_filter {
        code: u16::from_le_bytes([code0, code1]),
        jt,
        jf,
        k: u32::from_le_bytes(k),
    })
}

/// From here on every call of this process goes through it as well.
pub fn load(program: &[libc::sock_filter], flags: i32) -> Result<()> {
    let whole = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(|_| Errno::INVAL)?,
        filter: program.as_ptr().cast_mut(),
    };
    match set_filter(flags, &raw const whole)? {
        0 => Ok(()),
        // A thread that could not follow, of which there are none.
        _ => Err(Errno::SRCH),
    }
}

/// Whether filters are: that there is none is the first thing that is found, and nothing is done.
pub fn is_taken() -> Result<i32> {
    match set_filter(0, ptr::null()) {
        Err(Errno::FAULT) => Ok(0),
        Err(errno) => Err(errno),
        Ok(_) => Err(Errno::IO),
    }
}

fn set_filter(flags: i32, program: *const libc::sock_fprog) -> Result<libc::c_long> {
    // SAFETY: the kernel copies a program that outlives the call, or answers EFAULT where there is none.
    check(unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, program) })
}
