//! The way down and up again, without recursion.

use alloc::borrow::ToOwned;
use alloc::ffi::CString;
use alloc::vec::Vec;
use core::ffi::CStr;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{OFlags, Statx};
use rustix::io::Errno;

use super::{Guard, Walk};

/// A directory whose entries are done, but for the directories among them.
struct Level {
    opened: OwnedFd,
    found: Statx,
    guard: Guard,
    left: Names,
    path_length: usize,
}

/// C strings one behind the other: a directory may hold very many directories.
#[derive(Default)]
pub struct Names {
    bytes: Vec<u8>,
    next: usize,
}

impl Names {
    pub fn push(&mut self, name: &CStr) {
        self.bytes.extend_from_slice(name.to_bytes_with_nul());
    }

    fn pop(&mut self) -> Option<CString> {
        let name = CStr::from_bytes_until_nul(self.bytes.get(self.next..)?).ok()?;
        self.next += name.count_bytes() + 1;
        Some(name.to_owned())
    }
}

impl Walk<'_> {
    /// A stack of its own: how deep a tree is must not be decided by the stack of the thread.
    pub fn below(&mut self, top: BorrowedFd<'_>, guard: Guard) {
        let mut left = self.entries(top, guard);
        let mut levels: Vec<Level> = Vec::new();
        loop {
            let depth = levels.len() + 1;
            let (parent, names) = match levels.last_mut() {
                Some(level) => (level.opened.as_fd(), &mut level.left),
                None => (top, &mut left),
            };
            if let Some(name) = names.pop() {
                let path_length = self.path.len();
                self.lengthen(&name);
                match self.enter(parent, &name, depth) {
                    Some((opened, found)) => {
                        let guard = self.guard(opened.as_fd(), &found);
                        let left = self.entries(opened.as_fd(), guard);
                        levels.push(Level {
                            opened,
                            found,
                            guard,
                            left,
                            path_length,
                        });
                    }
                    None => self.path.truncate(path_length),
                }
            } else if let Some(done) = levels.pop() {
                self.finish(done.opened.as_fd(), &done.found, done.guard);
                self.path.truncate(done.path_length);
            } else {
                return;
            }
        }
    }

    /// Since it was seen, the name may have become something else: what counts is what was opened.
    fn enter(&mut self, parent: BorrowedFd<'_>, name: &CStr, depth: usize) -> Option<(OwnedFd, Statx)> {
        if depth >= self.options.max_depth {
            self.fail("depth", Errno::LOOP);
            return None;
        }
        let (opened, found) = self.open(parent, name, OFlags::RDONLY | OFlags::DIRECTORY)?;
        self.is_on_this_mount(&found).then_some((opened, found))
    }
}
