//! What the memory is to hold at the start, as scripts/prepare.mjs writes it into the shipped file.
#![allow(unsafe_code)]

use core::hint::black_box;
use core::slice;

use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{self, Mode, OFlags};

use super::memory;

/// More the kernel does not take at once. readv(2)
const MOST_RUNS: usize = 1024;

/// The memory is zero, and more than half of what the build leaves in it is: only the rest is in the file.
#[repr(C)]
struct Image {
    /// How many runs there are: 0 in the linked file.
    count: usize,
    /// The runs, each a place in the memory and a length, and behind the last of them what they hold, one after the other.
    runs: [usize; (MOST_RUNS * size_of::<libc::iovec>() + memory::LENGTH).div_ceil(size_of::<usize>())],
}

#[unsafe(link_section = ".image")]
static IMAGE: Image = Image { count: 0, runs: [0; _] };

/// Fills the memory from the image, if there is one. Nothing may have been allocated before.
pub fn load() {
    // Opaque to the compiler, which knows only the empty image.
    let image = black_box(&raw const IMAGE);
    // SAFETY: the image has as many runs as it says, all within the memory, and behind them as many bytes as those are long. Nobody has a
    // reference to the memory, all of whose content may change behind one.
    unsafe {
        let count = (&raw const (*image).count).read_volatile();
        if count == 0 {
            return;
        }
        let runs = slice::from_raw_parts((&raw const (*image).runs).cast::<libc::iovec>(), count);
        let bytes = runs.as_ptr_range().end.cast::<u8>();
        // One page instead of hundreds, each of which would cost more than its copy. Where there are none, it works all the same.
        libc::madvise(memory::start().cast(), memory::LENGTH, libc::MADV_HUGEPAGE);
        if !read_from_file(runs, bytes) {
            copy(runs, bytes);
        }
    }
}

/// One call that reads it from the file of this program: to copy it from where that is mapped costs a fault for every few of its pages,
/// and keeps them. False where the file cannot be read, or /proc is not the kernel's, whose link leads to nothing else. proc_pid_exe(5)
///
/// # Safety
/// `bytes` is where the content of the runs is mapped, and they lie in memory that is nobody's.
unsafe fn read_from_file(runs: &[libc::iovec], bytes: *const u8) -> bool {
    unsafe extern "C" {
        /// Where the file begins in memory, which the linker says.
        static __ehdr_start: u8;
    }
    let Some(file) = open_itself() else {
        return false;
    };
    let offset = bytes.addr() - (&raw const __ehdr_start).addr();
    let length: usize = runs.iter().map(|run| run.iov_len).sum();
    // SAFETY: the caller's: the kernel writes to the runs and nowhere else.
    let read = unsafe { libc::preadv(file.as_raw_fd(), runs.as_ptr(), runs.len() as _, offset as _) };
    read.cast_unsigned() == length
}

fn open_itself() -> Option<OwnedFd> {
    const PROC_SUPER_MAGIC: u64 = 0x9fa0;
    let proc = fs::statfs(c"/proc/self").ok()?;
    if proc.f_type.cast_unsigned() != PROC_SUPER_MAGIC {
        return None;
    }
    fs::open(c"/proc/self/exe", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()
}

/// # Safety
/// As above.
unsafe fn copy(runs: &[libc::iovec], mut bytes: *const u8) {
    for run in runs {
        // SAFETY: the caller's: so much is there for each run, and the image and the memory are apart.
        unsafe {
            run.iov_base.cast::<u8>().copy_from_nonoverlapping(bytes, run.iov_len);
            bytes = bytes.add(run.iov_len);
        }
    }
}
