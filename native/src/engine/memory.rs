//! The memory of the engine and of this program, at a fixed address.
//!
//! What lies here when the build has prepared the engine becomes part of the shipped file; a start reads it back and has the policy
//! loaded. Only pointers into this memory, to code and to constants may therefore be kept in it.
#![allow(unsafe_code)]

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::null_mut;

use rquickjs_core::allocator::Allocator;

use super::Engine;
use super::heap::{Heap, WIDEST_ALIGNMENT};

const SPACE: usize = 8 << 20;

#[repr(transparent)]
struct Memory(Heap<SPACE>);

// SAFETY: this program has one thread.
unsafe impl Sync for Memory {}

/// The address of this section is given to the linker, so that a huge page fits.
#[unsafe(link_section = ".heap")]
static MEMORY: Memory = Memory(Heap::new());

pub const LENGTH: usize = size_of::<Memory>();

pub fn start() -> *mut u8 {
    (&raw const MEMORY).cast_mut().cast()
}

/// The engine that the build has prepared.
pub fn engine() -> Option<&'static Engine> {
    // SAFETY: the pointer is null or that of a box which is never freed, and of which there are only shared references.
    unsafe { MEMORY.0.root().cast::<Engine>().as_ref() }
}

/// Leaves the engine for the shipped program, and gives the bytes to be written into it.
pub fn keep(engine: Box<Engine>) -> Result<Vec<u8>, String> {
    let Some(length) = MEMORY.0.keep(Box::into_raw(engine).cast()) else {
        return Err(format!("the prepared engine does not fit into its {SPACE} bytes"));
    };
    // This large, and the engine prepared: the copy lies outside.
    let mut bytes: Vec<u8> = Vec::with_capacity(length);
    // SAFETY: the memory is that long, the vector has room for it, and both are apart.
    unsafe {
        bytes.as_mut_ptr().copy_from_nonoverlapping(start(), length);
        bytes.set_len(length);
    }
    Ok(bytes)
}

/// The heap as the allocator of both Rust and the engine.
pub struct Shared;

// SAFETY: blocks are distinct and hold what was asked for; what would need a wider alignment than theirs is refused.
unsafe impl GlobalAlloc for Shared {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > WIDEST_ALIGNMENT {
            return null_mut();
        }
        MEMORY.0.allocate(layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() > WIDEST_ALIGNMENT {
            return null_mut();
        }
        MEMORY.0.allocate_zeroed(layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: the caller's promise is the same.
        unsafe { MEMORY.0.release(block) }
    }

    unsafe fn realloc(&self, block: *mut u8, _: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        unsafe { MEMORY.0.resize(block, size) }
    }
}

// SAFETY: as above.
unsafe impl Allocator for Shared {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        MEMORY.0.allocate(size)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        count
            .checked_mul(size)
            .map_or(null_mut(), |size| MEMORY.0.allocate_zeroed(size))
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        // SAFETY: the engine's promise is the same.
        unsafe { MEMORY.0.release(block) }
    }

    unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        if block.is_null() {
            return MEMORY.0.allocate(size);
        }
        // SAFETY: the engine's promise is the same.
        unsafe { MEMORY.0.resize(block, size) }
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        // SAFETY: the engine's promise is the same.
        unsafe { MEMORY.0.usable(block) }
    }
}
