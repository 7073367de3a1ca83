use super::*;

/// A heap on the heap: zeroed memory is an empty one.
fn empty() -> Box<Heap> {
    let layout = Layout::new::<Heap>();
    // SAFETY: the layout is not empty, and all zeros is a value of this type.
    unsafe { Box::from_raw(std::alloc::alloc_zeroed(layout).cast()) }
}

/// What `keep` does to it: large blocks are no longer its own.
fn prepared() -> Box<Heap> {
    let mut heap = empty();
    heap.engine = std::ptr::dangling_mut();
    heap
}

#[test]
fn every_class_holds_what_is_put_into_it_and_no_class_is_skipped() {
    let mut class = 0;
    for size in 0..=LARGEST {
        assert!(size <= size_of_class(class_of(size)), "{size}");
        assert!(class_of(size) == class || class_of(size) == class + 1, "{size}");
        class = class_of(size);
        assert_eq!(class_of(size_of_class(class)), class, "{size}");
    }
    assert_eq!(class, CLASSES - 1);
}

#[test]
fn blocks_are_aligned_apart_and_as_long_as_asked() {
    let mut heap = empty();
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
    let mut heap = prepared();
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
    let mut heap = prepared();
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
    let mut heap = prepared();
    let large = heap.allocate(LARGEST + 1);
    assert!(!heap.owns(large));
    let blocks: Vec<_> = (0..=SPACE / LARGEST).map(|_| heap.allocate(LARGEST)).collect();
    assert!(heap.owns(blocks[0]));
    assert!(!heap.owns(blocks[blocks.len() - 1]));
    for block in [large].into_iter().chain(blocks) {
        // SAFETY: each is alive and given up once.
        unsafe { heap.release(block) };
    }
}
