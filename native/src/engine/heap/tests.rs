use super::*;
use std::alloc::Layout;
use std::slice;

const SIZE: usize = 8 << 20;

/// A heap on the heap: zeroed memory is an empty one.
fn empty<const SIZE: usize>() -> Box<Heap<SIZE>> {
    let layout = Layout::new::<Heap<SIZE>>();
    // SAFETY: the layout is not empty, and all zeros is a value of this type.
    unsafe { Box::from_raw(std::alloc::alloc_zeroed(layout).cast()) }
}

/// What `keep` does to it: large blocks are no longer its own.
fn prepared() -> Box<Heap<SIZE>> {
    let heap = empty();
    heap.keep(std::ptr::dangling()).unwrap();
    heap
}

#[test]
fn blocks_are_aligned_apart_and_as_long_as_asked() {
    let heap = empty::<SIZE>();
    let mut end = std::ptr::null_mut();
    for size in [0, 1, 8, 9, 24, 25, 1000, 1017, 5000, LARGEST, LARGEST + 1, 300_000] {
        let block = heap.allocate(size);
        assert!(heap.owns(block));
        assert_eq!(block.align_offset(ALIGNMENT), 0);
        assert!(block > end, "{size}");
        // SAFETY: the block is alive.
        unsafe {
            assert!(heap.usable(block) >= size);
            block.write_bytes(0xff, heap.usable(block));
            end = block.add(heap.usable(block));
        }
    }
}

#[test]
fn a_released_block_is_used_again_and_cleared_where_asked() {
    let heap = prepared();
    let first = heap.allocate(100);
    // SAFETY: the block is alive and has 100 bytes; then it is given up.
    unsafe {
        first.write_bytes(0xff, 100);
        heap.release(first);
    }
    let second = heap.allocate_zeroed(98);
    assert_eq!(first, second);
    // SAFETY: the block is alive and was cleared.
    assert_eq!(unsafe { slice::from_raw_parts(second, 98) }, [0; 98]);
}

#[test]
fn resizing_keeps_the_content() {
    let heap = prepared();
    let mut block = heap.allocate(4);
    // SAFETY: the block is alive all the time, under the name the last call gave it.
    unsafe {
        block.cast::<[u8; 4]>().write(*b"abcd");
        for size in [8, 9, 500, LARGEST, 4 << 20, 500, 4] {
            block = heap.resize(block, size);
            assert!(heap.usable(block) >= size);
            assert_eq!(block.cast::<[u8; 4]>().read(), *b"abcd");
        }
        heap.release(block);
    }
}

#[test]
fn what_the_space_cannot_hold_comes_from_the_c_library() {
    let heap = prepared();
    let large = heap.allocate(LARGEST + 1);
    assert!(!heap.owns(large));
    let blocks: Vec<_> = (0..=SIZE / LARGEST).map(|_| heap.allocate(LARGEST)).collect();
    assert!(heap.owns(blocks[0]));
    assert!(!heap.owns(blocks[blocks.len() - 1]));
    for block in [large].into_iter().chain(blocks) {
        // SAFETY: each is alive and given up once.
        unsafe { heap.release(block) };
    }
}

#[test]
fn what_is_kept_is_as_long_as_what_was_given_out() {
    let heap = empty::<SIZE>();
    let before = heap.allocate(24);
    let after = heap.allocate(100_000);
    let length = heap.keep(std::ptr::dangling()).unwrap();
    // SAFETY: both are alive.
    let end = unsafe { after.add(heap.usable(after)) };
    assert!(heap.owns(before) && heap.owns(after));
    assert_eq!((&raw const *heap).addr() + length, end.addr());
}

#[test]
fn what_was_released_is_kept_as_zeros() {
    let heap = empty::<SIZE>();
    let blocks = [20, 20, 300].map(|size| heap.allocate(size));
    for block in blocks {
        // SAFETY: the block is alive until its release.
        unsafe {
            block.write_bytes(0xff, heap.usable(block));
            heap.release(block);
        }
    }
    heap.keep(std::ptr::dangling()).unwrap();
    let [first, second, third] = blocks;
    let content = |block: *mut u8| {
        // SAFETY: the block lies in the space, and nobody writes to it.
        let (next, rest) = unsafe {
            let length = heap.usable(block) - size_of::<*mut u8>();
            (
                block.cast::<*mut u8>().read(),
                slice::from_raw_parts(block.add(size_of::<*mut u8>()), length),
            )
        };
        assert!(rest.iter().all(|&byte| byte == 0));
        (next, rest.len())
    };
    assert_eq!(content(first), (std::ptr::null_mut(), 16));
    assert_eq!(content(second), (first, 16));
    assert_eq!(content(third), (std::ptr::null_mut(), 304));
}

#[test]
fn a_space_that_was_too_small_is_not_kept() {
    const SMALL: usize = 4096;
    for size in [SMALL - HEADER + 1, LARGEST + 1] {
        let heap = empty::<SMALL>();
        let block = heap.allocate(size);
        assert!(!block.is_null() && !heap.owns(block));
        // SAFETY: the block is alive and given up once. That it is gone again does not help: something may have pointed to it.
        unsafe { heap.release(block) };
        assert_eq!(heap.keep(std::ptr::dangling()), None);
    }
    let heap = empty::<SMALL>();
    assert!(heap.owns(heap.allocate(SMALL - HEADER)));
    assert!(heap.keep(std::ptr::dangling()).is_some());
}
