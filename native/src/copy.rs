//! Copies what is plain of one directory into another that nobody else can enter. Whatever takes a decision (a hard link, an access
//! control list, a file that somebody could have put there, a directory) is left to the caller, by name. About ten calls per file; the
//! loop is native for that reason.

use alloc::collections::BTreeSet;
use alloc::ffi::CString;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::CStr;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};

use rustix::fs::{self, AtFlags, FileType, Gid, Mode, OFlags, Stat, Timestamps, Uid};
use rustix::io::Errno;

use crate::sys;

mod content;
mod names;
pub use content::copy_content;
use content::{BUFFER, Content};
pub use names::{Compared, Kinds, Patterns, compare, kinds};
use names::{Kind, each_name};

const ACCESS_LIST: &CStr = c"system.posix_acl_access";
const GROUP: u32 = 0o070;
/// Files between two calls of `tick`.
const TICK_INTERVAL: usize = 64;

/// Called with the entries copied so far, at least once for each few megabytes; false ends the work.
pub type Tick<'call> = &'call mut dyn FnMut(usize) -> bool;

/// Called before a file is made, with its name, if it is the first of this directory that gets this mode and owner; false ends the work.
pub type First<'call> = &'call mut dyn FnMut(&CStr, &Wanted) -> bool;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

pub struct Options {
    /// `None` is as in the source.
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub exclude: Patterns,
    /// Only files of this user, which it may read, are plain.
    pub readable_by: Option<u32>,
    /// What has any extended attribute is not plain; else what has an access control list that gives anything.
    pub attributes: bool,
    /// What has a name in this directory is passed over.
    pub unless_in: Option<RawFd>,
}

#[derive(Default)]
pub struct Summary {
    pub copied: usize,
    pub directories: Vec<CString>,
    pub left: Vec<CString>,
    pub failure: Option<Failure>,
}

#[derive(Debug, PartialEq)]
pub struct Failure {
    pub name: CString,
    pub fault: Fault,
}

/// A call that was refused, and whether it was the source that it was about.
#[derive(Debug, PartialEq)]
pub struct Fault {
    pub call: &'static str,
    pub errno: Errno,
    pub of_source: bool,
}

#[derive(Debug, PartialEq)]
pub enum Halt {
    Failed(Fault),
    /// By `tick`.
    Told,
}

type Step<T> = Result<T, Halt>;

fn of_source<T>(call: &'static str, result: sys::Result<T>) -> Step<T> {
    let of_source = true;
    result.map_err(|errno| Halt::Failed(Fault { call, errno, of_source }))
}

fn of_target<T>(call: &'static str, result: sys::Result<T>) -> Step<T> {
    let of_source = false;
    result.map_err(|errno| Halt::Failed(Fault { call, errno, of_source }))
}

pub fn copy_plain(
    source: RawFd,
    target: RawFd,
    options: &Options,
    tick: Tick<'_>,
    first: First<'_>,
) -> sys::Result<Summary> {
    let mut copy = Copy {
        source: sys::fd::borrow(source)?,
        target: sys::fd::borrow(target)?,
        unless_in: options.unless_in.map(sys::fd::borrow).transpose()?,
        options,
        tick,
        first,
        known: BTreeSet::new(),
        summary: Summary::default(),
        buffer: vec![0; BUFFER],
    };
    let source = copy.source;
    each_name(source, &options.exclude, |name, kind| copy.entry(name, kind))?;
    Ok(copy.summary)
}

struct Copy<'call> {
    source: BorrowedFd<'call>,
    target: BorrowedFd<'call>,
    unless_in: Option<BorrowedFd<'call>>,
    options: &'call Options,
    tick: Tick<'call>,
    first: First<'call>,
    known: BTreeSet<Wanted>,
    summary: Summary,
    buffer: Vec<u8>,
}

/// What became of an entry.
enum Done {
    /// It is in the target.
    Passed,
    /// A directory.
    Entered,
    Copied,
    Left,
}

impl Copy<'_> {
    /// Whether to go on.
    fn entry(&mut self, name: &CStr, kind: Kind) -> bool {
        match self.done(name, kind) {
            Ok(Done::Passed) => {}
            Ok(Done::Entered) => self.summary.directories.push(name.into()),
            Ok(Done::Left) => self.summary.left.push(name.into()),
            Ok(Done::Copied) => {
                self.summary.copied += 1;
                return !self.summary.copied.is_multiple_of(TICK_INTERVAL) || (self.tick)(self.summary.copied);
            }
            Err(Halt::Told) => return false,
            Err(Halt::Failed(fault)) => {
                let name = name.into();
                self.summary.failure = Some(Failure { name, fault });
                return false;
            }
        }
        true
    }

    fn done(&mut self, name: &CStr, kind: Kind) -> Step<Done> {
        if self.is_there(name)? {
            return Ok(Done::Passed);
        }
        match kind {
            Kind::Directory => Ok(Done::Entered),
            Kind::File => self.file(name),
            Kind::Link => self.link(name),
            Kind::Other => Ok(Done::Left),
        }
    }

    fn is_there(&self, name: &CStr) -> Step<bool> {
        let Some(directory) = self.unless_in else {
            return Ok(false);
        };
        match fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => Ok(false),
            Err(errno) if names::is_dead(errno) => Ok(true),
            found => of_target("statx", found).map(|_| true),
        }
    }

    /// Mode and owner come last: before that nothing but this program can reach it, and it takes no capability to set its times.
    fn file(&mut self, name: &CStr) -> Step<Done> {
        let reading = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        let source = of_source("open", open(self.source, name, reading, 0))?;
        let found = of_source("fstat", fs::fstat(&source))?;
        if !self.is_plain(source.as_fd(), &found)? {
            return Ok(Done::Left);
        }
        let wanted = self.wanted(&found);
        if self.known.insert(wanted.clone()) && !(self.first)(name, &wanted) {
            return Err(Halt::Told);
        }
        let writing = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        let target = of_target("open", open(self.target, name, writing, found.st_mode & 0o600))?;
        let copied = self.summary.copied;
        let tick = &mut *self.tick;
        Content::new(source.as_fd(), target.as_fd(), &mut self.buffer, &mut || tick(copied)).copy(&found)?;
        keep_times(target.as_fd(), &found);
        of_target("fchmod", fs::fchmod(&target, Mode::from_raw_mode(wanted.mode)))?;
        let (uid, gid) = (Uid::from_raw(wanted.uid), Gid::from_raw(wanted.gid));
        of_target("fchown", fs::fchown(&target, Some(uid), Some(gid)))?;
        Ok(Done::Copied)
    }

    fn is_plain(&self, source: BorrowedFd<'_>, found: &Stat) -> Step<bool> {
        let is_alone = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile && found.st_nlink == 1;
        let is_readable = |uid| found.st_uid == uid && found.st_mode & 0o400 != 0;
        if !is_alone || !self.options.readable_by.is_none_or(is_readable) {
            return Ok(false);
        }
        if self.options.attributes {
            return match fs::flistxattr_query(source) {
                Err(Errno::OPNOTSUPP) => Ok(true),
                length => Ok(length == Ok(0)),
            };
        }
        // Without a bit for the group the list gives nobody anything; with one, the bits are its mask and not what the group has. acl(5)
        if found.st_mode & GROUP == 0 {
            return Ok(true);
        }
        match fs::fgetxattr_query(source, ACCESS_LIST) {
            Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(true),
            _ => Ok(false),
        }
    }

    /// Set-user-ID and set-group-ID would give another owner more than was meant.
    fn wanted(&self, found: &Stat) -> Wanted {
        Wanted {
            mode: found.st_mode & 0o777,
            uid: self.options.uid.unwrap_or(found.st_uid),
            gid: self.options.gid.unwrap_or(found.st_gid),
        }
    }

    /// What gets the owner is what was made, even on a file system where others can reach the directory.
    fn link(&mut self, name: &CStr) -> Step<Done> {
        let itself = AtFlags::SYMLINK_NOFOLLOW;
        let found = of_source("statx", fs::statat(self.source, name, itself))?;
        if FileType::from_raw_mode(found.st_mode) != FileType::Symlink {
            return Ok(Done::Left);
        }
        let to = of_source("readlinkat", fs::readlinkat(self.source, name, Vec::new()))?;
        of_target("symlinkat", fs::symlinkat(&to, self.target, name))?;
        let made = of_target("open", open(self.target, name, OFlags::PATH | OFlags::NOFOLLOW, 0))?;
        let now = of_target("fstat", fs::fstat(&made))?;
        if FileType::from_raw_mode(now.st_mode) != FileType::Symlink || now.st_nlink != 1 {
            return of_target("fchownat", Err(Errno::EXIST));
        }
        let _ = fs::utimensat(self.target, name, &times_of(&found), itself);
        let Wanted { uid, gid, .. } = self.wanted(&found);
        let changed = sys::files::set_owner(made.as_fd(), c"", Some(uid), Some(gid), AtFlags::EMPTY_PATH);
        of_target("fchownat", changed)?;
        Ok(Done::Copied)
    }
}

fn open(directory: BorrowedFd<'_>, name: &CStr, flags: OFlags, mode: u32) -> sys::Result<OwnedFd> {
    sys::retry(|| fs::openat(directory, name, flags | OFlags::CLOEXEC, Mode::from_raw_mode(mode)))
}

/// As far as the file system has them: a copy is one without its times as well.
pub fn keep_times(target: BorrowedFd<'_>, found: &Stat) {
    let _ = fs::futimens(target, &times_of(found));
}

/// Those of an opened entry for its opened copy.
pub fn copy_times(source: RawFd, target: RawFd) -> sys::Result<i32> {
    keep_times(sys::fd::borrow(target)?, &fs::fstat(sys::fd::borrow(source)?)?);
    Ok(0)
}

fn times_of(found: &Stat) -> Timestamps {
    let time = |seconds: i64, nanoseconds: i64| fs::Timespec {
        tv_sec: seconds,
        tv_nsec: nanoseconds,
    };
    Timestamps {
        last_access: time(found.st_atime, found.st_atime_nsec as i64),
        last_modification: time(found.st_mtime, found.st_mtime_nsec as i64),
    }
}

#[cfg(test)]
mod tests;
