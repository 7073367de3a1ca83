//! The lengths that blocks have: with its header a block is 16, 32, 48 … 1024 bytes long, then there are four lengths to each doubling.

/// In front of every block: the number of bytes behind it.
pub const HEADER: usize = size_of::<usize>();
pub const ALIGNMENT: usize = 16;
/// Larger blocks are not kept for reuse: once the program runs, the C library has them.
pub const LARGEST: usize = (64 << 10) - HEADER;

const LINEAR: usize = 64;
pub const CLASSES: usize = LINEAR + 4 * 6;

pub const fn class_of(size: usize) -> usize {
    let units = (size + HEADER).div_ceil(ALIGNMENT);
    if units <= LINEAR {
        return units - 1;
    }
    let doubling = (units - 1).ilog2() as usize;
    LINEAR + (doubling - 6) * 4 + (((units - 1) >> (doubling - 2)) & 3)
}

/// The largest request of a class.
pub const fn size_of_class(class: usize) -> usize {
    let units = if class < LINEAR {
        class + 1
    } else {
        (5 + (class - LINEAR) % 4) << (4 + (class - LINEAR) / 4)
    };
    units * ALIGNMENT - HEADER
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
