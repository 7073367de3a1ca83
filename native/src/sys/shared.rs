//! Numbers that a process has in common with the children it forks.

use core::mem::size_of;
use core::ops::Deref;
use core::ptr::{NonNull, null_mut, with_exposed_provenance_mut};
use core::sync::atomic::AtomicUsize;

use super::{Result, check};

type Counters = [AtomicUsize; 3];

/// A page that fork(2) does not copy. All its numbers are 0 in the beginning.
pub struct Shared(NonNull<Counters>);

impl Shared {
    pub fn new() -> Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let length = size_of::<Counters>();
        // SAFETY: the kernel chooses a free address and no file is mapped; nothing that exists changes.
        let address = check(unsafe {
            libc::syscall(
                libc::SYS_mmap,
                null_mut::<Counters>(),
                length,
                protection,
                flags,
                -1,
                0_i64,
            )
        })?;
        NonNull::new(with_exposed_provenance_mut(address as usize))
            .map(Self)
            .ok_or(rustix::io::Errno::NOMEM)
    }
}

impl Deref for Shared {
    type Target = Counters;

    fn deref(&self) -> &Counters {
        // SAFETY: aligned to a page and mapped until drop; zeros are counters, and atomics may be changed by others at any time.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: the mapping that `new` made, to which no reference outlives this value.
        let _ = check(unsafe { libc::syscall(libc::SYS_munmap, self.0.as_ptr(), size_of::<Counters>()) });
    }
}

#[cfg(test)]
#[path = "shared_tests.rs"]
mod tests;
