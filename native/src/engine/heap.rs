//! A space of fixed size and the blocks that were carved from it, each with its length in front.
#![allow(unsafe_code)]

mod classes;

use core::cell::{Cell, UnsafeCell};
use core::mem::offset_of;
use core::ptr::{null, null_mut};

use classes::{ALIGNMENT, CLASSES, HEADER, LARGEST, class_of, size_of_class};

pub use classes::ALIGNMENT as WIDEST_ALIGNMENT;

/// Nothing here is ever borrowed mutably, so that no reference to the whole stands in the way of those that the owners of blocks have.
#[repr(C)]
pub struct Heap<const SIZE: usize> {
    /// What the shipped program finds here. Null until the build has prepared it.
    root: Cell<*const u8>,
    /// Bytes of the space that were ever given out.
    used: Cell<usize>,
    free: [Cell<*mut u8>; CLASSES],
    /// Whether something was asked for, while the build prepares, that had no place.
    is_short: Cell<bool>,
    space: Space<SIZE>,
}

#[repr(C, align(16))]
struct Space<const SIZE: usize> {
    _before_the_first_header: [u8; ALIGNMENT - HEADER],
    blocks: UnsafeCell<[u8; SIZE]>,
}

const _: () = assert!(align_of::<Space<0>>() == ALIGNMENT && offset_of!(Space<0>, blocks) + HEADER == ALIGNMENT);

impl<const SIZE: usize> Heap<SIZE> {
    pub const fn new() -> Self {
        Self {
            root: Cell::new(null()),
            used: Cell::new(0),
            free: [const { Cell::new(null_mut()) }; CLASSES],
            is_short: Cell::new(false),
            space: Space {
                _before_the_first_header: [0; ALIGNMENT - HEADER],
                blocks: UnsafeCell::new([0; SIZE]),
            },
        }
    }

    pub fn root(&self) -> *const u8 {
        self.root.get()
    }

    /// Ends the preparation, and gives the length of what the shipped program needs of this heap. `None` where part of it lies elsewhere.
    pub fn keep(&self, root: *const u8) -> Option<usize> {
        self.root.set(root);
        self.clear_released();
        (!self.is_short.get()).then(|| offset_of!(Self, space) + offset_of!(Space<SIZE>, blocks) + self.used.get())
    }

    /// What released blocks held would only make the shipped file longer.
    fn clear_released(&self) {
        for class in &self.free {
            let mut block = class.get();
            while !block.is_null() {
                // SAFETY: a released block is nobody's, starts with the next and has room for that.
                unsafe {
                    let content = block.cast::<*mut u8>().add(1).cast::<u8>();
                    content.write_bytes(0, self.usable(block) - size_of::<*mut u8>());
                    block = block.cast::<*mut u8>().read();
                }
            }
        }
    }

    /// What this heap cannot hold comes from the C library. While the build prepares that is lost, and `keep` says so.
    pub fn allocate(&self, size: usize) -> *mut u8 {
        let is_preparing = self.root.get().is_null();
        let ours = if size <= LARGEST {
            self.reuse(class_of(size))
                .or_else(|| self.carve(size_of_class(class_of(size))))
        } else if is_preparing {
            self.carve((size + HEADER).next_multiple_of(ALIGNMENT) - HEADER)
        } else {
            None
        };
        ours.unwrap_or_else(|| {
            if is_preparing {
                self.is_short.set(true);
            }
            // SAFETY: malloc(3) gives a block of its own or null, and aligns it to 16.
            unsafe { libc::malloc(size).cast() }
        })
    }

    fn reuse(&self, class: usize) -> Option<*mut u8> {
        let block = self.free[class].get();
        if block.is_null() {
            return None;
        }
        // SAFETY: the list holds released blocks of this class, each of which starts with the next.
        self.free[class].set(unsafe { block.cast::<*mut u8>().read() });
        Some(block)
    }

    fn carve(&self, size: usize) -> Option<*mut u8> {
        let (length, used) = (HEADER + size, self.used.get());
        if length > SIZE - used {
            return None;
        }
        self.used.set(used + length);
        // SAFETY: the block and its header lie within the space, behind everything that was given out. Lengths are multiples of 16 and
        // the first header is aligned to 8, so all are.
        unsafe {
            let header = self.space.blocks.get().cast::<u8>().add(used);
            header.cast::<usize>().write(size);
            Some(header.add(HEADER))
        }
    }

    fn owns(&self, block: *mut u8) -> bool {
        (block.addr().wrapping_sub(self.space.blocks.get().addr())) < SIZE
    }

    /// # Safety
    /// The block is alive: it came from here and was not released.
    pub unsafe fn usable(&self, block: *mut u8) -> usize {
        // SAFETY: in front of ours lies its size; the C library is asked for the others.
        unsafe {
            if self.owns(block) {
                block.sub(HEADER).cast::<usize>().read()
            } else {
                libc::malloc_usable_size(block.cast())
            }
        }
    }

    /// # Safety
    /// The block is alive, and its owner gives it up.
    pub unsafe fn release(&self, block: *mut u8) {
        if !self.owns(block) {
            // SAFETY: every other block came from the C library.
            return unsafe { libc::free(block.cast()) };
        }
        // SAFETY: the block is alive until here.
        let size = unsafe { self.usable(block) };
        if size <= LARGEST {
            let class = &self.free[class_of(size)];
            // SAFETY: every block has room for a pointer.
            unsafe { block.cast::<*mut u8>().write(class.get()) };
            class.set(block);
        }
    }

    /// # Safety
    /// The block is alive. Null, as from realloc(3), leaves it so.
    pub unsafe fn resize(&self, block: *mut u8, size: usize) -> *mut u8 {
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
    pub fn allocate_zeroed(&self, size: usize) -> *mut u8 {
        let block = self.allocate(size);
        if !block.is_null() {
            // SAFETY: the block has at least `size` bytes.
            unsafe { block.write_bytes(0, size) };
        }
        block
    }
}

#[cfg(test)]
mod tests;
