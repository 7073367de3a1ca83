//! What is in a file: holes stay holes, and the kernel shares or moves the rest where it can.

use alloc::vec;
use rustix::fd::{BorrowedFd, RawFd};

use rustix::fs::{self, SeekFrom, Stat};
use rustix::io::{self, Errno};

use super::{Fault, Halt, Step, Tick, of_source, of_target};
use crate::sys;

/// What fits takes two calls.
pub const BUFFER: usize = 64 * 1024;
/// What is copied between two calls of `tick`: some milliseconds.
const CHUNK: u64 = 16 * 1024 * 1024;
const BLOCK: u64 = 512;

/// From the quickest to the one that always works. The first shares blocks where the file system can.
#[derive(Clone, Copy)]
pub enum Way {
    CopyFileRange,
    Sendfile,
    ReadAndWrite,
}

pub struct Content<'call> {
    from: BorrowedFd<'call>,
    to: BorrowedFd<'call>,
    buffer: &'call mut [u8],
    tick: &'call mut dyn FnMut() -> bool,
    pub way: Way,
}

/// Of an opened file to an opened empty one, each from where it stands.
pub fn copy_content(from: RawFd, to: RawFd, tick: Tick<'_>) -> sys::Result<Option<Fault>> {
    let (from, to) = (sys::fd::borrow(from)?, sys::fd::borrow(to)?);
    let found = fs::fstat(from)?;
    let mut buffer = vec![0; BUFFER];
    match Content::new(from, to, &mut buffer, &mut || tick(0)).copy(&found) {
        Err(Halt::Failed(fault)) => Ok(Some(fault)),
        Ok(()) | Err(Halt::Told) => Ok(None),
    }
}

impl<'call> Content<'call> {
    pub fn new(
        from: BorrowedFd<'call>,
        to: BorrowedFd<'call>,
        buffer: &'call mut [u8],
        tick: &'call mut dyn FnMut() -> bool,
    ) -> Self {
        let way = Way::CopyFileRange;
        Self {
            from,
            to,
            buffer,
            tick,
            way,
        }
    }

    pub fn copy(&mut self, found: &Stat) -> Step<()> {
        let size = found.st_size.cast_unsigned();
        if found.st_blocks.cast_unsigned().saturating_mul(BLOCK) < size && self.sparse(size)? {
            return Ok(());
        }
        if size <= self.buffer.len() as u64 {
            self.way = Way::ReadAndWrite;
        }
        // To the end, wherever that is by now.
        self.range(u64::MAX, size)
    }

    /// False where the file system knows nothing of holes.
    fn sparse(&mut self, size: u64) -> Step<bool> {
        let mut at = 0;
        loop {
            let start = match fs::seek(self.from, SeekFrom::Data(at)) {
                Err(Errno::NXIO) => break,
                Err(Errno::INVAL | Errno::OPNOTSUPP) if at == 0 => return Ok(false),
                start => of_source("lseek", start)?,
            };
            at = match fs::seek(self.from, SeekFrom::Hole(start)) {
                // It is shorter by now.
                Err(Errno::NXIO) => break,
                end => of_source("lseek", end)?,
            };
            of_source("lseek", fs::seek(self.from, SeekFrom::Start(start)))?;
            of_target("lseek", fs::seek(self.to, SeekFrom::Start(start)))?;
            self.range(at - start, at - start)?;
        }
        of_target("ftruncate", sys::retry(|| fs::ftruncate(self.to, size)))?;
        Ok(true)
    }

    /// At most `length` bytes from where both stand, of which `expected` should be there.
    fn range(&mut self, length: u64, expected: u64) -> Step<()> {
        let (mut done, mut next_tick) = (0, CHUNK);
        while done < length {
            let count = match self.some((length - done).min(CHUNK) as usize) {
                Ok(count) => count,
                Err(halt) => {
                    self.way = self.another_way(halt)?;
                    continue;
                }
            };
            done += count as u64;
            // Some file systems give nothing to the first ways although something is there. copy_file_range(2)
            if count == 0 {
                match self.way {
                    Way::CopyFileRange if done < expected => self.way = Way::Sendfile,
                    Way::Sendfile if done < expected => self.way = Way::ReadAndWrite,
                    _ => return Ok(()),
                }
            } else if matches!(self.way, Way::ReadAndWrite) && done == expected && count < self.buffer.len() {
                return Ok(());
            } else if done >= next_tick {
                next_tick = done + CHUNK;
                if !(self.tick)() {
                    return Err(Halt::Told);
                }
            }
        }
        Ok(())
    }

    fn some(&mut self, most: usize) -> Step<usize> {
        match self.way {
            Way::CopyFileRange => of_target(
                "copy_file_range",
                sys::retry(|| fs::copy_file_range(self.from, None, self.to, None, most)),
            ),
            Way::Sendfile => of_target("sendfile", sys::retry(|| fs::sendfile(self.to, self.from, None, most))),
            Way::ReadAndWrite => {
                let most = most.min(self.buffer.len());
                let count = of_source("read", sys::retry(|| io::read(self.from, &mut self.buffer[..most])))?;
                let mut rest = &self.buffer[..count];
                while !rest.is_empty() {
                    let written = of_target("write", sys::retry(|| io::write(self.to, rest)))?;
                    rest = &rest[written..];
                }
                Ok(count)
            }
        }
    }

    /// A filter, a file system, or two of them that do not go together. What else is refused is refused in any way.
    fn another_way(&self, halt: Halt) -> Step<Way> {
        let Halt::Failed(Fault { errno, .. }) = halt else {
            return Err(halt);
        };
        let is_way = matches!(
            errno,
            Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM | Errno::BADF | Errno::TXTBSY
        );
        match self.way {
            Way::CopyFileRange if is_way => Ok(Way::Sendfile),
            Way::Sendfile if is_way => Ok(Way::ReadAndWrite),
            _ => Err(halt),
        }
    }
}
