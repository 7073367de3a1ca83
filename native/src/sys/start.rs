//! What the C start-up code handed to `main`.

use alloc::vec::Vec;
use core::ffi::CStr;
use core::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering};

use super::signals;

static ARGC: AtomicI32 = AtomicI32::new(0);
static ARGV: AtomicPtr<*const libc::c_char> = AtomicPtr::new(core::ptr::null_mut());

pub fn remember(argc: libc::c_int, argv: *const *const libc::c_char) {
    ARGC.store(argc, Ordering::Relaxed);
    ARGV.store(argv.cast_mut(), Ordering::Relaxed);
}

/// The signals that were blocked at the start of a first process.
static MASK: AtomicU64 = AtomicU64::new(0);

/// The kernel throws away what would end a first process. What is blocked it keeps, so that nothing that comes from the first moment on is
/// lost. Who is the first is known since the C library's own start. pid_namespaces(7)
pub fn hold_signals() {
    if is_first() {
        MASK.store(signals::set_mask(signals::ALL).unwrap_or(0), Ordering::Relaxed);
    }
}

/// What was blocked when all was held back, where it was.
pub fn held_mask() -> Option<u64> {
    is_first().then(|| MASK.load(Ordering::Relaxed))
}

/// The C library asked for the number when it started, and knows it still.
fn is_first() -> bool {
    // SAFETY: no pointers.
    unsafe { libc::gettid() == 1 }
}

/// argv[0], where nothing is copied.
pub fn name() -> &'static CStr {
    let argv = ARGV.load(Ordering::Relaxed);
    if ARGC.load(Ordering::Relaxed) < 1 {
        return c"";
    }
    // SAFETY: argv has an entry, a C string that the kernel placed on the stack and nobody changes.
    unsafe { CStr::from_ptr(*argv) }
}

/// AT_EXECFN: the path by which this program was executed. getauxval(3)
pub fn executed_as() -> Vec<u8> {
    // SAFETY: the kernel's entry is the address of a C string on the stack, or absent, which gives 0.
    unsafe {
        let path = libc::getauxval(libc::AT_EXECFN) as *const libc::c_char;
        if path.is_null() {
            Vec::new()
        } else {
            CStr::from_ptr(path).to_bytes().to_vec()
        }
    }
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
