//! The names of directories, by what they stand for: what two trees have in common takes no call per entry.

use alloc::collections::BTreeMap;
use alloc::ffi::CString;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::mem::MaybeUninit;
use rustix::fd::{BorrowedFd, RawFd};

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, RawDir};
use rustix::io::Errno;

use crate::sys;

const DIRECTORY_BUFFER: usize = 32 * 1024;

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Directory,
    File,
    Link,
    Other,
}

impl Kind {
    fn of(kind: FileType) -> Self {
        match kind {
            FileType::Directory => Self::Directory,
            FileType::RegularFile => Self::File,
            FileType::Symlink => Self::Link,
            _ => Self::Other,
        }
    }
}

/// Patterns in which `*` is any run of characters and `?` any one, unless a backslash before it makes it that character.
#[derive(Default)]
pub struct Patterns(pub Vec<CString>);

impl Patterns {
    pub fn match_any(&self, name: &CStr) -> bool {
        self.0
            .iter()
            .any(|pattern| matches(name.to_bytes(), pattern.to_bytes()))
    }
}

/// Linear, without going back into earlier stars; as `src/report/pattern.ts`.
fn matches(text: &[u8], pattern: &[u8]) -> bool {
    let (mut position, mut at) = (0, 0);
    let mut star = None;
    while position < text.len() {
        let is_literal =
            pattern.get(at) == Some(&b'\\') && pattern.get(at + 1).is_some_and(|next| b"*?\\".contains(next));
        let wanted = pattern.get(at + usize::from(is_literal));
        let length = match wanted {
            Some(b'*') if !is_literal => {
                at += 1;
                star = Some((at, position));
                continue;
            }
            Some(b'?') if !is_literal => character_length(&text[position..]),
            _ => 1,
        };
        if wanted == Some(&text[position]) || (!is_literal && wanted == Some(&b'?')) {
            at += 1 + usize::from(is_literal);
            position += length;
        } else if let Some((after, from)) = &mut star {
            *from += 1;
            (at, position) = (*after, *from);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|&rest| rest == b'*')
}

/// Of UTF-8; what is none goes byte by byte.
fn character_length(text: &[u8]) -> usize {
    let first = &text[..text.len().min(4)];
    first
        .utf8_chunks()
        .next()
        .and_then(|chunk| chunk.valid().chars().next())
        .map_or(1, char::len_utf8)
}

/// Opens the directory anew, because reading goes on where it has stopped before. `use_name` answers whether to go on.
pub fn each_name(
    directory: BorrowedFd<'_>,
    exclude: &Patterns,
    mut use_name: impl FnMut(&CStr, Kind) -> bool,
) -> sys::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = fs::openat(directory, c".", flags, Mode::empty())?;
    let mut buffer = vec![MaybeUninit::uninit(); DIRECTORY_BUFFER];
    let mut entries = RawDir::new(&opened, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." || exclude.match_any(name) {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => match fs::statat(&opened, name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => continue,
                // Whoever enters it is told.
                Err(errno) if is_dead(errno) => FileType::Directory,
                found => FileType::from_raw_mode(found?.st_mode),
            },
            kind => kind,
        };
        if !use_name(name, Kind::of(kind)) {
            break;
        }
    }
    Ok(())
}

/// What a file system answers whose server or daemon is gone; as `src/steps/common/dead-mount.ts`.
pub fn is_dead(errno: Errno) -> bool {
    matches!(errno, Errno::NOTCONN | Errno::STALE | Errno::IO)
}

/// What is not simply copied.
#[derive(Default)]
pub struct Kinds {
    pub directories: Vec<CString>,
    pub others: Vec<CString>,
}

pub fn kinds(directory: RawFd, exclude: &Patterns) -> sys::Result<Kinds> {
    let mut found = Kinds::default();
    each_name(sys::fd::borrow(directory)?, exclude, |name, kind| {
        match kind {
            Kind::Directory => found.directories.push(name.into()),
            Kind::Other => found.others.push(name.into()),
            Kind::File | Kind::Link => {}
        }
        true
    })?;
    Ok(found)
}

#[derive(Default)]
pub struct Compared {
    /// Whether the target has no entry of the source's name, or one that is unfinished.
    pub is_missing: bool,
    /// In both.
    pub directories: Vec<CString>,
}

pub fn compare(source: RawFd, target: RawFd, exclude: &Patterns, unfinished: &Patterns) -> sys::Result<Compared> {
    let mut there = BTreeMap::<CString, Kind>::new();
    let mut found = Compared::default();
    each_name(sys::fd::borrow(target)?, &Patterns::default(), |name, kind| {
        found.is_missing = unfinished.match_any(name);
        there.insert(name.into(), kind);
        !found.is_missing
    })?;
    if found.is_missing {
        return Ok(found);
    }
    each_name(sys::fd::borrow(source)?, exclude, |name, kind| {
        match there.get(name) {
            None => found.is_missing = true,
            Some(Kind::Directory) if kind == Kind::Directory => found.directories.push(name.into()),
            Some(_) => {}
        }
        true
    })?;
    Ok(found)
}
