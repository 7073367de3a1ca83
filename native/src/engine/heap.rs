//! The memory of the engine and of this program, at a fixed address.
//!
//! What lies here when the build has prepared the engine becomes part of the shipped file; a start copies it back and has the policy
//! loaded. Only pointers into this memory, to code and to constants may therefore be kept in it.
#![allow(unsafe_code)]

use alloc::boxed::Box;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::null_mut;
use core::slice;

use rquickjs_core::allocator::Allocator;
use rustix::fs::{self, Mode, OFlags};

use super::Engine;

const SPACE: usize = 8 << 20;
/// In front of every block: the number of bytes behind it.
const HEADER: usize = size_of::<usize>();
const ALIGNMENT: usize = 16;
/// Larger blocks are not kept for reuse: once the program runs, the C library has them.
const LARGEST: usize = (64 << 10) - HEADER;

/// With its header a block is 16, 32, 48 … 1024 bytes long, then there are four lengths to each doubling.
const LINEAR: usize = 64;
const CLASSES: usize = LINEAR + 4 * 6;

#[repr(C)]
struct Heap {
    engine: *mut Engine,
    /// Bytes of `space` that were ever given out.
    used: usize,
    free: [*mut u8; CLASSES],
    /// The first header ends where a block may begin.
    _unaligned: [u8; HEADER],
    space: [u8; SPACE],
}

/// The address of this section is given to the linker, so that a huge page fits.
#[unsafe(link_section = ".heap")]
static mut HEAP: Heap = Heap::EMPTY;

/// What the heap is to hold at the start. The finished file has it in this section, as long as it is.
#[repr(C)]
struct Image {
    length: usize,
    bytes: [u8; size_of::<Heap>()],
}

#[unsafe(link_section = ".image")]
static IMAGE: Image = Image {
    length: 0,
    bytes: [0; size_of::<Heap>()],
};

/// Fills the heap from the image, if there is one. Nothing may have been allocated before.
pub fn load() {
    // Opaque to the compiler, which knows only the empty image.
    let image = core::hint::black_box(&raw const IMAGE);
    // SAFETY: the image is as long as it says, and so much of the heap exists.
    unsafe {
        let length = (&raw const (*image).length).read_volatile();
        if length > 0 {
            // One page instead of hundreds, each of which would cost more than its copy. Where there are none, it works all the same.
            libc::madvise((&raw mut HEAP).cast(), size_of::<Heap>(), libc::MADV_HUGEPAGE);
            let bytes = (&raw const (*image).bytes).cast::<u8>();
            if read_from_file(bytes, length).is_none() {
                core::ptr::copy_nonoverlapping(bytes, (&raw mut HEAP).cast(), length);
            }
        }
    }
}

/// One call that reads it from the file of this program: to copy it from where that is mapped costs a fault for every few of its pages,
/// and keeps them. None where the file cannot be read, or /proc is not the kernel's, whose link leads to nothing else. proc_pid_exe(5)
///
/// # Safety
/// `bytes` is where the image is mapped, and the heap has room for `length` bytes.
unsafe fn read_from_file(bytes: *const u8, length: usize) -> Option<()> {
    unsafe extern "C" {
        /// Where the file begins in memory, which the linker says.
        static __ehdr_start: u8;
    }
    const PROC_SUPER_MAGIC: u64 = 0x9fa0;
    let proc = fs::statfs(c"/proc/self").ok()?;
    if proc.f_type.cast_unsigned() != PROC_SUPER_MAGIC {
        return None;
    }
    let file = fs::open(c"/proc/self/exe", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    // SAFETY: the caller's: so much of the heap exists, and nothing has been allocated there yet.
    let heap = unsafe { slice::from_raw_parts_mut((&raw mut HEAP).cast::<u8>(), length) };
    let offset = bytes as u64 - &raw const __ehdr_start as u64;
    (rustix::io::pread(&file, heap, offset) == Ok(length)).then_some(())
}

/// This program has one thread, and no call of the heap leads to another.
fn heap() -> &'static mut Heap {
    let heap = &raw mut HEAP;
    // SAFETY: as above, so no two of these references are ever in use.
    unsafe { &mut *heap }
}

/// The engine that the build has prepared, or has just finished.
pub fn engine() -> Option<&'static Engine> {
    // SAFETY: the pointer is null or that of a box which is never freed.
    unsafe { heap().engine.as_ref() }
}

/// Leaves the engine for the shipped program, and gives the bytes to be written into it.
pub fn keep(engine: Box<Engine>) -> &'static [u8] {
    let heap = heap();
    heap.engine = Box::into_raw(engine);
    let length = size_of::<Heap>() - SPACE + heap.used;
    // SAFETY: the heap is that long, and from here on nothing of it changes any more.
    unsafe { slice::from_raw_parts((&raw const *heap).cast(), length) }
}

const fn class_of(size: usize) -> usize {
    let units = (size + HEADER).div_ceil(ALIGNMENT);
    if units <= LINEAR {
        return units - 1;
    }
    let doubling = (units - 1).ilog2() as usize;
    LINEAR + (doubling - 6) * 4 + (((units - 1) >> (doubling - 2)) & 3)
}

/// The largest request of a class.
const fn size_of_class(class: usize) -> usize {
    let units = if class < LINEAR {
        class + 1
    } else {
        (5 + (class - LINEAR) % 4) << (4 + (class - LINEAR) / 4)
    };
    units * ALIGNMENT - HEADER
}

impl Heap {
    const EMPTY: Self = Self {
        engine: null_mut(),
        used: 0,
        free: [null_mut(); CLASSES],
        _unaligned: [0; HEADER],
        space: [0; SPACE],
    };

    /// What this heap cannot hold comes from the C library, except while the build prepares the engine: there it would be lost.
    fn allocate(&mut self, size: usize) -> *mut u8 {
        let ours = if size <= LARGEST {
            self.reuse(class_of(size))
                .or_else(|| self.carve(size_of_class(class_of(size))))
        } else if self.engine.is_null() {
            self.carve((size + HEADER).next_multiple_of(ALIGNMENT) - HEADER)
        } else {
            None
        };
        // SAFETY: malloc(3) gives a block of its own or null, and aligns it to 16.
        ours.unwrap_or_else(|| unsafe { libc::malloc(size).cast() })
    }

    fn reuse(&mut self, class: usize) -> Option<*mut u8> {
        let block = self.free[class];
        if block.is_null() {
            return None;
        }
        // SAFETY: the list holds freed blocks of this class, each of which starts with the next.
        self.free[class] = unsafe { block.cast::<*mut u8>().read() };
        Some(block)
    }

    fn carve(&mut self, size: usize) -> Option<*mut u8> {
        let length = HEADER + size;
        if length > SPACE - self.used {
            return None;
        }
        // SAFETY: the block and its header lie within the space, behind everything that was given out.
        let header = unsafe { (&raw mut self.space).cast::<u8>().add(self.used) };
        self.used += length;
        // SAFETY: lengths are multiples of 16 and the first header is aligned to 8, so all are.
        unsafe {
            header.cast::<usize>().write(size);
            Some(header.add(HEADER))
        }
    }

    fn owns(&self, block: *mut u8) -> bool {
        self.space.as_ptr_range().contains(&block.cast_const())
    }

    /// The block is alive: it came from here and was not released.
    unsafe fn usable(&self, block: *mut u8) -> usize {
        // SAFETY: in front of ours lies its size; the C library is asked for the others.
        unsafe {
            if self.owns(block) {
                block.sub(HEADER).cast::<usize>().read()
            } else {
                libc::malloc_usable_size(block.cast())
            }
        }
    }

    /// The block is alive, and its owner gives it up.
    unsafe fn release(&mut self, block: *mut u8) {
        if !self.owns(block) {
            // SAFETY: every other block came from the C library.
            return unsafe { libc::free(block.cast()) };
        }
        // SAFETY: the block is alive until here.
        let size = unsafe { self.usable(block) };
        if size <= LARGEST {
            let class = class_of(size);
            // SAFETY: every block has room for a pointer.
            unsafe { block.cast::<*mut u8>().write(self.free[class]) };
            self.free[class] = block;
        }
    }

    /// The block is alive. Null, as from realloc(3), leaves it so.
    unsafe fn resize(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: the block is alive.
        let before = unsafe { self.usable(block) };
        if size <= before && size >= before / 2 {
            return block;
        }
        let moved = self.allocate(size);
        if !moved.is_null() {
            // SAFETY: both blocks are alive and hold the shorter of the two lengths.
            unsafe {
                core::ptr::copy_nonoverlapping(block, moved, before.min(size));
                self.release(block);
            }
        }
        moved
    }

    /// A block that was used before is not zero any more, so each is cleared.
    fn allocate_zeroed(&mut self, size: usize) -> *mut u8 {
        let block = self.allocate(size);
        if !block.is_null() {
            // SAFETY: the block has at least `size` bytes.
            unsafe { block.write_bytes(0, size) };
        }
        block
    }
}

/// The heap as the allocator of both Rust and the engine.
pub struct Shared;

// SAFETY: blocks are distinct and hold what was asked for; what would need a wider alignment than theirs is refused.
unsafe impl GlobalAlloc for Shared {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > ALIGNMENT {
            return null_mut();
        }
        heap().allocate(layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() > ALIGNMENT {
            return null_mut();
        }
        heap().allocate_zeroed(layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: the caller's promise is the same.
        unsafe { heap().release(block) }
    }

    unsafe fn realloc(&self, block: *mut u8, _: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        unsafe { heap().resize(block, size) }
    }
}

// SAFETY: as above.
unsafe impl Allocator for Shared {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        heap().allocate(size)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        count
            .checked_mul(size)
            .map_or(null_mut(), |size| heap().allocate_zeroed(size))
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        // SAFETY: the engine's promise is the same.
        unsafe { heap().release(block) }
    }

    unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        if block.is_null() {
            return heap().allocate(size);
        }
        // SAFETY: the engine's promise is the same.
        unsafe { heap().resize(block, size) }
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        // SAFETY: the engine's promise is the same.
        unsafe { heap().usable(block) }
    }
}

#[cfg(test)]
#[path = "heap_tests.rs"]
mod tests;
