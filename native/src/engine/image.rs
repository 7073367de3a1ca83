//! What the memory is to hold at the start, as scripts/prepare/image.mjs writes it into the shipped file.
#![allow(unsafe_code)]

use core::hint::black_box;

use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{self, Mode, OFlags};

use super::memory;

/// Words of the memory that lie equally far apart, and how they are stored. Behind it comes what they hold.
#[repr(C)]
#[derive(Clone, Copy)]
struct Column {
    /// Where the first of them lies, in words.
    at: u32,
    /// 0 behind the last column.
    rows: u16,
    /// From one to the next, in words.
    stride: u8,
    stored: Stored,
}

#[repr(u8)]
#[derive(Clone, Copy)]
#[cfg_attr(not(test), expect(dead_code, reason = "only files have these"))]
enum Stored {
    Whole,
    /// As signed numbers of so many bits.
    Bits32,
    Bits16,
    Bits8,
    /// A word that grows by one from row to row, to each of which so much is added: 16 bits, from bit 24 on.
    Counted,
    /// Where the image was read to.
    Zeros,
}

#[repr(C)]
struct Image {
    /// Of all columns and what they hold, in bytes: 0 in the linked file.
    length: usize,
    /// Where in the memory they are read to: none is overwritten before it is used.
    place: usize,
    columns: [u8; memory::LENGTH],
}

#[unsafe(link_section = ".image")]
static IMAGE: Image = Image {
    length: 0,
    place: 0,
    columns: [0; _],
};

/// Fills the memory from the image, if there is one. Nothing may have been allocated before.
pub fn load() {
    // Opaque to the compiler, which knows only the empty image.
    let image = black_box(&raw const IMAGE);
    // SAFETY: all columns lie within the memory and behind each is what it holds. Nobody has a reference to the memory, all of whose
    // content may change behind one.
    unsafe {
        let length = (&raw const (*image).length).read_volatile();
        if length == 0 {
            return;
        }
        // One page instead of hundreds, each of which would cost more than what is written to it. Where there are none, it works all the same.
        libc::madvise(memory::start().cast(), memory::LENGTH, libc::MADV_HUGEPAGE);
        let stored = (&raw const (*image).columns).cast::<u8>();
        let place = memory::start()
            .cast::<u8>()
            .add((&raw const (*image).place).read_volatile());
        let mut bytes = if read_from_file(stored, place, length) {
            place.cast_const()
        } else {
            stored
        };
        loop {
            let column = bytes.cast::<Column>().read_unaligned();
            if column.rows == 0 {
                return;
            }
            bytes = column.write(memory::start().cast(), bytes.add(size_of::<Column>()));
        }
    }
}

/// One call that reads the image from the file of this program: where that is mapped every few of its pages would cost a fault, and stay.
/// False where the file cannot be read, or /proc is not the kernel's, whose link leads to nothing else. proc_pid_exe(5)
///
/// # Safety
/// `stored` is mapped, and `place` has room for it and is nobody's.
unsafe fn read_from_file(stored: *const u8, place: *mut u8, length: usize) -> bool {
    unsafe extern "C" {
        /// Where the file begins in memory, which the linker says.
        static __ehdr_start: u8;
    }
    let Some(file) = open_itself() else {
        return false;
    };
    let offset = stored.addr() - (&raw const __ehdr_start).addr();
    // SAFETY: the caller's: the kernel writes to this place and nowhere else.
    let read = unsafe { libc::pread(file.as_raw_fd(), place.cast(), length, offset as _) };
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

impl Column {
    /// Gives where the content of the next column begins.
    ///
    /// # Safety
    /// The words of the column lie in `memory`, are nobody's and can be written to, and `bytes` holds what it says.
    unsafe fn write(self, memory: *mut u64, bytes: *const u8) -> *const u8 {
        // SAFETY: the caller's.
        unsafe {
            let to = memory.add(self.at as usize);
            match self.stored {
                Stored::Whole if self.stride == 1 => self.copy(to, bytes),
                Stored::Whole => self.spread(to, bytes, |word: u64| word),
                Stored::Zeros if self.stride == 1 => {
                    to.write_bytes(0, usize::from(self.rows));
                    bytes
                }
                Stored::Zeros => self.spread(to, bytes, |(): ()| 0),
                Stored::Bits32 => self.spread(to, bytes, |word: i32| i64::from(word).cast_unsigned()),
                Stored::Bits16 => self.spread(to, bytes, |word: i16| i64::from(word).cast_unsigned()),
                Stored::Bits8 => self.spread(to, bytes, |word: i8| i64::from(word).cast_unsigned()),
                Stored::Counted => {
                    let mut counted = bytes.cast::<u64>().read_unaligned();
                    self.spread(to, bytes.add(size_of::<u64>()), |more: u16| {
                        let word = counted + (u64::from(more) << 24);
                        counted += 1;
                        word
                    })
                }
            }
        }
    }

    /// The processor's own way to copy is slow to begin, and most are short.
    ///
    /// # Safety
    /// As above.
    #[inline(always)]
    unsafe fn copy(self, mut to: *mut u64, bytes: *const u8) -> *const u8 {
        const AT_A_TIME: usize = 8;
        let (mut rows, mut from) = (usize::from(self.rows), bytes);
        // SAFETY: the caller's.
        unsafe {
            while rows >= AT_A_TIME {
                let words = from.cast::<[u128; AT_A_TIME / 2]>().read_unaligned();
                to.cast::<[u128; AT_A_TIME / 2]>().write_unaligned(words);
                (from, to, rows) = (from.add(size_of_val(&words)), to.add(AT_A_TIME), rows - AT_A_TIME);
            }
            while rows > 0 {
                to.write(from.cast::<u64>().read_unaligned());
                (from, to, rows) = (from.add(size_of::<u64>()), to.add(1), rows - 1);
            }
        }
        from
    }

    /// Four at a time: the loop would cost as much as what it does.
    ///
    /// # Safety
    /// As above.
    #[inline(always)]
    unsafe fn spread<T>(self, mut to: *mut u64, bytes: *const u8, mut word: impl FnMut(T) -> u64) -> *const u8 {
        const AT_A_TIME: usize = 4;
        let (mut rows, stride) = (usize::from(self.rows), usize::from(self.stride));
        let mut from = bytes.cast::<T>();
        // SAFETY: the caller's.
        unsafe {
            while rows >= AT_A_TIME {
                to.write(word(from.read_unaligned()));
                to.add(stride).write(word(from.add(1).read_unaligned()));
                to.add(2 * stride).write(word(from.add(2).read_unaligned()));
                to.add(3 * stride).write(word(from.add(3).read_unaligned()));
                (from, to, rows) = (from.add(AT_A_TIME), to.add(AT_A_TIME * stride), rows - AT_A_TIME);
            }
            while rows > 0 {
                to.write(word(from.read_unaligned()));
                (from, to, rows) = (from.add(1), to.add(stride), rows - 1);
            }
        }
        from.cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(column: Column, bytes: &[u8]) -> (Vec<u64>, usize) {
        let mut memory = vec![0; 16];
        // SAFETY: the columns of these tests lie in it, and are held by the bytes.
        let end = unsafe { column.write(memory.as_mut_ptr(), bytes.as_ptr()) };
        (memory, end.addr() - bytes.as_ptr().addr())
    }

    fn words(of: &[(usize, u64)]) -> Vec<u64> {
        let mut memory = vec![0; 16];
        for &(at, word) in of {
            memory[at] = word;
        }
        memory
    }

    #[test]
    fn every_word_has_its_place_and_its_sign() {
        let column = |rows, stride, stored| Column {
            at: 1,
            rows,
            stride,
            stored,
        };
        let bytes: Vec<u8> = (0x81..=0xc0).collect();
        let whole = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        assert_eq!(
            written(column(2, 1, Stored::Whole), &bytes),
            (words(&[(1, whole(0)), (2, whole(8))]), 16)
        );
        assert_eq!(
            written(column(2, 3, Stored::Whole), &bytes),
            (words(&[(1, whole(0)), (4, whole(8))]), 16)
        );
        assert_eq!(
            written(column(2, 2, Stored::Bits32), &bytes),
            (words(&[(1, 0xffff_ffff_8483_8281), (3, 0xffff_ffff_8887_8685)]), 8)
        );
        assert_eq!(
            written(column(2, 2, Stored::Bits16), &bytes),
            (words(&[(1, 0xffff_ffff_ffff_8281), (3, 0xffff_ffff_ffff_8483)]), 4)
        );
        assert_eq!(
            written(column(5, 3, Stored::Bits8), &[1, 2, 0xff, 0x7f, 0x80]),
            (
                words(&[(1, 1), (4, 2), (7, u64::MAX), (10, 0x7f), (13, 0xffff_ffff_ffff_ff80)]),
                5
            )
        );
    }

    #[test]
    fn what_was_read_is_cleared() {
        let (mut memory, here) = ([7; 16], b"".as_ptr());
        for (at, rows, stride) in [(1, 3, 1), (6, 5, 2)] {
            let zeros = Column {
                at,
                rows,
                stride,
                stored: Stored::Zeros,
            };
            // SAFETY: they lie in it.
            let end = unsafe { zeros.write(memory.as_mut_ptr(), here) };
            assert_eq!(end, here);
        }
        assert_eq!(memory, [7, 0, 0, 0, 7, 7, 0, 7, 0, 7, 0, 7, 0, 7, 0, 7]);
    }

    #[test]
    fn long_runs_are_whole() {
        for rows in 0..70 {
            let bytes: Vec<u8> = (0..=255).cycle().take(usize::from(rows) * 8 + 64).collect();
            let mut memory = vec![0_u64; 80];
            let run = Column {
                at: 3,
                rows,
                stride: 1,
                stored: Stored::Whole,
            };
            // SAFETY: it lies in the memory, and there are as many bytes.
            let end = unsafe { run.write(memory.as_mut_ptr(), bytes.as_ptr()) };
            let expected: Vec<u64> = [0; 3]
                .into_iter()
                .chain(
                    bytes
                        .chunks_exact(8)
                        .take(rows.into())
                        .map(|word| u64::from_le_bytes(word.try_into().unwrap())),
                )
                .chain([0; 80])
                .take(80)
                .collect();
            assert_eq!(
                (memory, end.addr() - bytes.as_ptr().addr()),
                (expected, usize::from(rows) * 8)
            );
        }
    }

    #[test]
    fn what_is_counted_grows_by_one() {
        let counted = Column {
            at: 0,
            rows: 6,
            stride: 2,
            stored: Stored::Counted,
        };
        let first = 0x1200_0000_0003_0000_u64.to_le_bytes();
        let more: [u16; 6] = [0, 0x0201, 0xffff, 0, 0, 0x0100];
        let bytes: Vec<u8> = first
            .into_iter()
            .chain(more.into_iter().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(
            written(counted, &bytes),
            (
                words(&[
                    (0, 0x1200_0000_0003_0000),
                    (2, 0x1200_0002_0103_0001),
                    (4, 0x1200_00ff_ff03_0002),
                    (6, 0x1200_0000_0003_0003),
                    (8, 0x1200_0000_0003_0004),
                    (10, 0x1200_0001_0003_0005),
                ]),
                20
            )
        );
    }
}
