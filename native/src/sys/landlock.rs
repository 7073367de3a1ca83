//! Landlock. landlock(7)

use core::ptr::null;
use rustix::fd::RawFd;

use super::{Result, check};

/// Older kernels have a shorter one and take this as long as what they do not know is 0.
#[repr(C)]
struct RulesetAttributes {
    files: u64,
    ports: u64,
    scopes: u64,
}

/// Twelve bytes: the kernel's has no padding.
#[repr(C, packed)]
struct PathRule {
    allowed: u64,
    parent: i32,
}

#[repr(C)]
struct PortRule {
    allowed: u64,
    port: u64,
}

const VERSION: u32 = 1;
const PATH_BENEATH: u32 = 1;
const NET_PORT: u32 = 2;

/// The version of the interface: what rights there are.
pub fn abi() -> Result<i32> {
    let nothing = null::<RulesetAttributes>();
    // SAFETY: with this flag the kernel reads nothing, and no address and no size is what it wants.
    check(unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0_usize, VERSION) })
        .map(|version| version as i32)
}

/// A descriptor, close-on-exec. What is named is refused wherever no rule allows it.
pub fn create_ruleset(files: u64, ports: u64, scopes: u64) -> Result<i32> {
    let attributes = RulesetAttributes { files, ports, scopes };
    // SAFETY: the kernel reads as many bytes as it is told of a value that outlives the call.
    check(unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            &raw const attributes,
            size_of::<RulesetAttributes>(),
            0_u32,
        )
    })
    .map(|fd| fd as i32)
}

/// For what is opened, and below it where that is a directory.
pub fn add_path(ruleset: RawFd, parent: RawFd, allowed: u64) -> Result<i32> {
    let rule = PathRule { allowed, parent };
    // SAFETY: the kernel reads twelve bytes of a value that outlives the call.
    check(unsafe {
        libc::syscall(
            libc::SYS_landlock_add_rule,
            ruleset,
            PATH_BENEATH,
            &raw const rule,
            0_u32,
        )
    })
    .map(|_| 0)
}

pub fn add_port(ruleset: RawFd, port: u16, allowed: u64) -> Result<i32> {
    let rule = PortRule {
        allowed,
        port: port.into(),
    };
    // SAFETY: as in `add_path`, sixteen bytes.
    check(unsafe { libc::syscall(libc::SYS_landlock_add_rule, ruleset, NET_PORT, &raw const rule, 0_u32) }).map(|_| 0)
}

/// For good, for this thread and all that it starts.
pub fn restrict_self(ruleset: RawFd) -> Result<i32> {
    // SAFETY: no pointers.
    check(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0_u32) }).map(|_| 0)
}

#[cfg(test)]
#[path = "landlock_tests.rs"]
mod tests;
