//! Ids, capabilities and the prctl(2) calls around them, per thread as the kernel has them: glibc's wrappers would signal
//! other threads, of which there are none. Capability numbers are open-ended, so these do not use rustix's closed flags.

use alloc::vec::Vec;
use rustix::io::Errno;

use super::{Result, check};

const CAPABILITY_VERSION_3: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Default, Clone, Copy)]
struct Words {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// Effective, permitted, inheritable.
pub fn capget(pid: i32) -> Result<[u64; 3]> {
    let header = Header {
        version: CAPABILITY_VERSION_3,
        pid,
    };
    let mut words = [Words::default(); 2];
    // SAFETY: both live until the call returns; version 3 makes the kernel write exactly two `Words`.
    check(unsafe { libc::syscall(libc::SYS_capget, &raw const header, words.as_mut_ptr()) })?;
    let join = |low: u32, high: u32| u64::from(low) | (u64::from(high) << 32);
    let [low, high] = words;
    Ok([
        join(low.effective, high.effective),
        join(low.permitted, high.permitted),
        join(low.inheritable, high.inheritable),
    ])
}

pub fn capset(effective: u64, permitted: u64, inheritable: u64) -> Result<i32> {
    let header = Header {
        version: CAPABILITY_VERSION_3,
        pid: 0,
    };
    let word = |shift: u32| Words {
        effective: (effective >> shift) as u32,
        permitted: (permitted >> shift) as u32,
        inheritable: (inheritable >> shift) as u32,
    };
    let words = [word(0), word(32)];
    // SAFETY: both live until the call returns; the kernel only reads them.
    check(unsafe { libc::syscall(libc::SYS_capset, &raw const header, words.as_ptr()) }).map(|_| 0)
}

fn prctl(operation: libc::c_int, first: u64, second: u64) -> Result<i32> {
    // SAFETY: every operation used in this file takes integers; none takes a pointer.
    check(unsafe { libc::syscall(libc::SYS_prctl, operation, first, second, 0_u64, 0_u64) }).map(|value| value as i32)
}

/// The bounding set and the kernel's last capability. The kernel answers for one number at a time.
pub fn bounding_set() -> Result<(u64, u32)> {
    let mut bits = 0;
    for capability in 0..u64::BITS {
        match prctl(libc::PR_CAPBSET_READ, capability.into(), 0) {
            Ok(value) => bits |= u64::from(value == 1) << capability,
            Err(Errno::INVAL) if capability > 0 => return Ok((bits, capability - 1)),
            Err(errno) => return Err(errno),
        }
    }
    Ok((bits, u64::BITS - 1))
}

pub fn bounding_drop(capability: u32) -> Result<i32> {
    prctl(libc::PR_CAPBSET_DROP, capability.into(), 0)
}

pub fn ambient_set(last: u32) -> Result<u64> {
    (0..=last.min(u64::BITS - 1)).try_fold(0, |bits, capability| {
        let is_set = prctl(
            libc::PR_CAP_AMBIENT,
            libc::PR_CAP_AMBIENT_IS_SET as u64,
            capability.into(),
        )?;
        Ok(bits | (u64::from(is_set == 1) << capability))
    })
}

pub fn ambient_raise(capability: u32) -> Result<i32> {
    prctl(
        libc::PR_CAP_AMBIENT,
        libc::PR_CAP_AMBIENT_RAISE as u64,
        capability.into(),
    )
}

pub fn ambient_lower(capability: u32) -> Result<i32> {
    prctl(
        libc::PR_CAP_AMBIENT,
        libc::PR_CAP_AMBIENT_LOWER as u64,
        capability.into(),
    )
}

pub fn ambient_clear_all() -> Result<i32> {
    prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as u64, 0)
}

pub fn securebits() -> Result<i32> {
    prctl(libc::PR_GET_SECUREBITS, 0, 0)
}

pub fn set_securebits(bits: u32) -> Result<i32> {
    prctl(libc::PR_SET_SECUREBITS, bits.into(), 0)
}

pub fn keep_capabilities() -> Result<i32> {
    prctl(libc::PR_GET_KEEPCAPS, 0, 0)
}

pub fn set_keep_capabilities(value: u32) -> Result<i32> {
    prctl(libc::PR_SET_KEEPCAPS, value.into(), 0)
}

pub fn no_new_privileges() -> Result<i32> {
    prctl(libc::PR_GET_NO_NEW_PRIVS, 0, 0)
}

pub fn set_no_new_privileges() -> Result<i32> {
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0)
}

pub fn seccomp_mode() -> Result<i32> {
    prctl(libc::PR_GET_SECCOMP, 0, 0)
}

pub fn set_parent_death_signal(signal: u32) -> Result<i32> {
    prctl(libc::PR_SET_PDEATHSIG, signal.into(), 0)
}

/// -1 for any process. PR_SET_PTRACER(2const)
pub fn set_tracer(pid: i32) -> Result<i32> {
    prctl(libc::PR_SET_PTRACER, i64::from(pid) as u64, 0)
}

pub fn parent_death_signal() -> Result<i32> {
    let mut signal: libc::c_int = 0;
    // SAFETY: the kernel writes one int to a variable that outlives the call.
    check(unsafe { libc::syscall(libc::SYS_prctl, libc::PR_GET_PDEATHSIG, &raw mut signal) })?;
    Ok(signal)
}

/// Real, effective, saved.
pub fn user_ids() -> [u32; 3] {
    let mut ids = [0_u32; 3];
    let [real, effective, saved] = &mut ids;
    // SAFETY: three variables of this frame, each written once; the call cannot fail with valid pointers.
    unsafe {
        libc::syscall(
            libc::SYS_getresuid,
            &raw mut *real,
            &raw mut *effective,
            &raw mut *saved,
        )
    };
    ids
}

pub fn group_ids() -> [u32; 3] {
    let mut ids = [0_u32; 3];
    let [real, effective, saved] = &mut ids;
    // SAFETY: as in `user_ids`.
    unsafe {
        libc::syscall(
            libc::SYS_getresgid,
            &raw mut *real,
            &raw mut *effective,
            &raw mut *saved,
        )
    };
    ids
}

pub fn set_user_ids(real: u32, effective: u32, saved: u32) -> Result<i32> {
    // SAFETY: no pointers.
    check(unsafe { libc::syscall(libc::SYS_setresuid, real, effective, saved) }).map(|_| 0)
}

pub fn set_group_ids(real: u32, effective: u32, saved: u32) -> Result<i32> {
    // SAFETY: no pointers.
    check(unsafe { libc::syscall(libc::SYS_setresgid, real, effective, saved) }).map(|_| 0)
}

pub fn groups() -> Result<Vec<u32>> {
    // SAFETY: size 0 asks for the count alone; nothing is written.
    let count = check(unsafe { libc::syscall(libc::SYS_getgroups, 0, core::ptr::null_mut::<u32>()) })?;
    let mut groups = vec![0_u32; usize::try_from(count).unwrap_or(0)];
    // SAFETY: the kernel writes at most `count` entries, the length of the vector, or answers EINVAL.
    let written = check(unsafe { libc::syscall(libc::SYS_getgroups, count, groups.as_mut_ptr()) })?;
    groups.truncate(usize::try_from(written).unwrap_or(0));
    Ok(groups)
}

pub fn set_groups(groups: &[u32]) -> Result<i32> {
    // SAFETY: the kernel reads `len` entries of a slice that outlives the call.
    check(unsafe { libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) }).map(|_| 0)
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
