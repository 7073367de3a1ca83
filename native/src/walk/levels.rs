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
    entered: Entered,
    left: Names,
    /// Of this directory.
    path_length: usize,
}

pub struct Entered {
    pub opened: OwnedFd,
    pub found: Statx,
    pub guard: Guard,
}

/// The directories between the one where it begins, which it does not finish, and the one where it is.
pub struct Levels<'base> {
    base: BorrowedFd<'base>,
    base_left: Names,
    base_path_length: usize,
    /// How far the base is below the top directory.
    base_depth: usize,
    deeper: Vec<Level>,
}

/// A directory that is to be entered.
pub struct Next<'level> {
    pub parent: BorrowedFd<'level>,
    pub name: CString,
    pub depth: usize,
    pub parent_path_length: usize,
}

/// C strings one behind the other: a directory may hold very many directories.
#[derive(Default)]
pub struct Names {
    bytes: Vec<u8>,
    next: usize,
    count: usize,
}

impl Names {
    pub fn push(&mut self, name: &CStr) {
        self.bytes.extend_from_slice(name.to_bytes_with_nul());
        self.count += 1;
    }

    fn pop(&mut self) -> Option<CString> {
        let name = CStr::from_bytes_until_nul(self.bytes.get(self.next..)?).ok()?;
        self.next += name.count_bytes() + 1;
        self.count -= 1;
        Some(name.to_owned())
    }
}

impl Levels<'_> {
    /// The base is level 0.
    pub fn pop_at(&mut self, level: usize) -> Option<Next<'_>> {
        let (parent, left, parent_path_length) = match level.checked_sub(1) {
            None => (self.base, &mut self.base_left, self.base_path_length),
            Some(index) => {
                let level = &mut self.deeper[index];
                (level.entered.opened.as_fd(), &mut level.left, level.path_length)
            }
        };
        let name = left.pop()?;
        Some(Next {
            parent,
            name,
            depth: self.base_depth + level + 1,
            parent_path_length,
        })
    }

    pub fn pop_from_top(&mut self) -> Option<Next<'_>> {
        let level = (0..=self.deepest()).find(|&level| self.left_at(level) > 0)?;
        self.pop_at(level)
    }

    fn left_at(&self, level: usize) -> usize {
        match level.checked_sub(1) {
            None => self.base_left.count,
            Some(index) => self.deeper[index].left.count,
        }
    }

    pub fn deepest(&self) -> usize {
        self.deeper.len()
    }

    pub fn directories_left(&self) -> usize {
        (0..=self.deepest()).map(|level| self.left_at(level)).sum()
    }
}

impl Walk<'_> {
    /// A stack of its own: how deep a tree is must not be decided by the stack of the thread.
    pub fn below(&mut self, base: BorrowedFd<'_>, guard: Guard, base_depth: usize) {
        let base_path_length = self.path.len();
        let mut levels = Levels {
            base,
            base_left: self.entries(base, guard),
            base_path_length,
            base_depth,
            deeper: Vec::new(),
        };
        loop {
            if self.crew.may_want_helper(self.summary.seen) {
                self.share(&mut levels);
            }
            if self.is_over {
                return;
            }
            if let Some(next) = levels.pop_at(levels.deepest()) {
                if let Some(entered) = self.enter(&next) {
                    let left = self.entries(entered.opened.as_fd(), entered.guard);
                    levels.deeper.push(Level {
                        entered,
                        left,
                        path_length: self.path.len(),
                    });
                }
            } else if let Some(done) = levels.deeper.pop() {
                self.path.truncate(done.path_length);
                let Entered { opened, found, guard } = done.entered;
                self.finish(opened.as_fd(), &found, guard);
            } else {
                self.path.truncate(base_path_length);
                return;
            }
        }
    }

    /// Since it was seen, the name may have become something else: what counts is what was opened.
    pub fn enter(&mut self, next: &Next<'_>) -> Option<Entered> {
        self.path.truncate(next.parent_path_length);
        self.lengthen(&next.name);
        if next.depth >= self.options.max_depth {
            self.fail("depth", Errno::LOOP);
            return None;
        }
        let (opened, found) = self.open(next.parent, &next.name, OFlags::RDONLY | OFlags::DIRECTORY)?;
        if !self.is_on_this_mount(Some(opened.as_fd()), &found) {
            return None;
        }
        let guard = self.guard(opened.as_fd(), &found);
        Some(Entered { opened, found, guard })
    }
}
