//! What the C start-up code handed to `main`.

use alloc::vec::Vec;
use core::ffi::CStr;
use core::sync::atomic::{AtomicI32, AtomicPtr, Ordering};

static ARGC: AtomicI32 = AtomicI32::new(0);
static ARGV: AtomicPtr<*const libc::c_char> = AtomicPtr::new(core::ptr::null_mut());

pub fn remember(argc: libc::c_int, argv: *const *const libc::c_char) {
    ARGC.store(argc, Ordering::Relaxed);
    ARGV.store(argv.cast_mut(), Ordering::Relaxed);
}

pub fn arguments() -> Vec<Vec<u8>> {
    let argv = ARGV.load(Ordering::Relaxed);
    (0..usize::try_from(ARGC.load(Ordering::Relaxed)).unwrap_or(0))
        // SAFETY: argv has argc entries, each a C string that the kernel placed on the stack and nobody changes.
        .map(|index| unsafe { CStr::from_ptr(*argv.add(index)) }.to_bytes().to_vec())
        .collect()
}

pub fn environment() -> Vec<Vec<u8>> {
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    let mut entries = Vec::new();
    // SAFETY: environ is a null-terminated array of C strings; this program never changes it and has one thread.
    unsafe {
        let mut entry = environ;
        while !entry.is_null() && !(*entry).is_null() {
            entries.push(CStr::from_ptr(*entry).to_bytes().to_vec());
            entry = entry.add(1);
        }
    }
    entries
}

/// What the linker gives the engine for gettimeofday(2). The engine asks the time once, for the seed of its hash tables, which would
/// make every build another; there is no Date here that would need the time.
#[cfg(not(test))]
#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_gettimeofday(time: *mut libc::timeval, _zone: *mut libc::c_void) -> libc::c_int {
    // SAFETY: the caller's structure, as for the call that this stands for.
    unsafe { time.write(libc::timeval { tv_sec: 0, tv_usec: 0 }) };
    0
}

/// AT_SECURE, getauxval(3).
pub fn is_secure() -> bool {
    // SAFETY: reads the auxiliary vector, no pointers.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}
