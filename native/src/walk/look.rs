//! What the walk asks about an entry, and what the answers are worth against an attacker.

use core::ffi::CStr;
use rustix::fd::BorrowedFd;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, RenameFlags, ResolveFlags, Statx, StatxFlags};
use rustix::io::Errno;

use crate::sys;

pub const OWNER: StatxFlags = StatxFlags::TYPE
    .union(StatxFlags::MODE)
    .union(StatxFlags::UID)
    .union(StatxFlags::GID)
    .union(StatxFlags::NLINK)
    .union(StatxFlags::MNT_ID);
pub const IDENTITY: StatxFlags = OWNER.union(StatxFlags::INO).union(StatxFlags::CTIME);

pub fn look(directory: BorrowedFd<'_>, name: &CStr, wanted: StatxFlags) -> sys::Result<Statx> {
    sys::files::statx(directory, name, itself(name), wanted)
}

/// What this kernel knows, without asking a server: one that is mounted here may never answer. statx(2) AT_STATX_DONT_SYNC
pub fn look_here(directory: BorrowedFd<'_>, name: &CStr, wanted: StatxFlags) -> sys::Result<Statx> {
    sys::files::statx(directory, name, itself(name) | AtFlags::STATX_DONT_SYNC, wanted)
}

/// What the name stands for, even if that is a link; an empty name stands for the directory. The kernel looks twice at a name
/// that may be empty.
pub fn itself(name: &CStr) -> AtFlags {
    let empty = if name.is_empty() {
        AtFlags::EMPTY_PATH
    } else {
        AtFlags::empty()
    };
    AtFlags::SYMLINK_NOFOLLOW | empty
}

pub fn kind_of(found: &Statx) -> FileType {
    FileType::from_raw_mode(u32::from(found.stx_mode))
}

pub fn is_directory(found: &Statx) -> bool {
    kind_of(found) == FileType::Directory
}

pub fn is_regular(found: &Statx) -> bool {
    kind_of(found) == FileType::RegularFile
}

/// A new owner may cost set-user-ID and set-group-ID, which are left out here. chown(2)
pub fn has_other_mode(found: &Statx, mode: u32) -> bool {
    const COMPARED: u32 = 0o1777;
    (u32::from(found.stx_mode) ^ mode) & COMPARED != 0
}

/// Whether another mount begins here, as the kernel knows without asking its server. openat2(2)
pub fn is_mounted_over(directory: BorrowedFd<'_>, name: &CStr) -> bool {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    fs::openat2(directory, name, flags, Mode::empty(), ResolveFlags::NO_XDEV).is_err_and(|errno| errno == Errno::XDEV)
}

/// Whether the name still stands for what was opened and no link came or went since it was counted, which would have set
/// the time of change. Kernels before 6.13 set that in steps of milliseconds; there, fs.protected_hardlinks is the wall.
pub fn is_linked_here(directory: BorrowedFd<'_>, name: &CStr, counted: &Statx) -> bool {
    // Renaming a name to itself changes nothing, but it waits for the directory's lock: a removal that has already lowered
    // the count must also have taken the name away before the name is looked at.
    let waited = fs::renameat_with(directory, name, directory, name, RenameFlags::NOREPLACE);
    if matches!(waited, Err(Errno::INVAL | Errno::NOSYS | Errno::PERM)) {
        // File systems of servers do not know the flag, and filters not the call.
        let _ = fs::renameat(directory, name, directory, name);
    }
    look(directory, name, IDENTITY).is_ok_and(|now| {
        (now.stx_ino, now.stx_dev_major, now.stx_dev_minor)
            == (counted.stx_ino, counted.stx_dev_major, counted.stx_dev_minor)
            && (now.stx_ctime.tv_sec, now.stx_ctime.tv_nsec) == (counted.stx_ctime.tv_sec, counted.stx_ctime.tv_nsec)
    })
}

/// Only root can change the names in this directory.
pub fn is_steady(found: &Statx) -> bool {
    found.stx_uid == 0 && !is_others_to_write(found)
}

/// The group bits stand for an access control list as well.
pub fn is_others_to_write(found: &Statx) -> bool {
    Mode::from_raw_mode(u32::from(found.stx_mode)).intersects(Mode::WGRP | Mode::WOTH)
}
