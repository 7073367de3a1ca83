//! What an entry shall be, and what one look at it says is missing. Where this leads is for the walk to do.

use alloc::vec::Vec;

use rustix::fs::{FileType, Statx};

use super::look::kind_of;

const PERMISSIONS: u32 = 0o7777;
const EXECUTE: u32 = 0o111;
const WRITE: u32 = 0o022;
const EVERYBODY_WRITES: u32 = 0o222;
const GROUP: u32 = 0o070;
const STICKY: u32 = 0o1000;

pub struct Goal {
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    /// Gives the owner to what has it already as well.
    pub always: bool,
    /// Leaves alone what the user can use; the rest gets the owner, and for that owner the permissions to use it.
    pub unusable: bool,
    pub user: User,
    pub modes: Modes,
}

/// An identity without capabilities.
pub struct User {
    pub uid: u32,
    pub groups: Vec<u32>,
}

#[derive(Clone, Copy)]
pub struct ModeChange {
    pub clear: u32,
    pub set: u32,
}

/// By what the entry is; links have no mode.
pub struct Modes {
    pub directories: Option<ModeChange>,
    pub files: Option<ModeChange>,
    /// Regular files that somebody may execute.
    pub executables: Option<ModeChange>,
    /// Devices, pipes and sockets.
    pub others: Option<ModeChange>,
}

impl Goal {
    pub fn differs(&self, found: &Statx) -> bool {
        self.owner_differs(found) || self.mode_for(found).is_some()
    }

    pub fn owner_differs(&self, found: &Statx) -> bool {
        if self.unusable && self.user.may_use(found) {
            return false;
        }
        self.always || self.has_other_owner(found)
    }

    pub fn has_other_owner(&self, found: &Statx) -> bool {
        self.uid.is_some_and(|uid| uid != found.stx_uid) || self.gid.is_some_and(|gid| gid != found.stx_gid)
    }

    fn change_for(&self, found: &Statx) -> Option<ModeChange> {
        match kind_of(found) {
            FileType::Directory => self.modes.directories,
            FileType::RegularFile if permissions_of(found) & EXECUTE != 0 => self.modes.executables,
            FileType::RegularFile => self.modes.files,
            FileType::Symlink => None,
            _ => self.modes.others,
        }
    }

    /// Whether it is said what a group may do, whatever it could do before.
    pub fn says_all_of_group(&self, found: &Statx) -> bool {
        self.change_for(found)
            .is_some_and(|change| change.clear & GROUP == GROUP)
    }

    /// The mode to set; nothing when it is right.
    pub fn mode_for(&self, found: &Statx) -> Option<u32> {
        let kind = kind_of(found);
        if kind == FileType::Symlink {
            return None;
        }
        let permissions = permissions_of(found);
        let wanted = match self.change_for(found) {
            Some(ModeChange { clear, set }) => permissions & !clear | set,
            // Who may use a device, a pipe or a socket is not for a walk to widen.
            None if self.unusable && is_plain(kind) && !self.user.may_use(found) => permissions | needed(kind) << 6,
            None => return None,
        };
        (wanted != permissions).then_some(wanted)
    }

    /// Whether the user can work with it as it is, and nobody may do more than was wanted. To what is read-only nobody can write.
    pub fn is_met_as_it_is(&self, found: &Statx, is_read_only: bool) -> bool {
        let possible = if is_read_only { !EVERYBODY_WRITES } else { !0 };
        let has = permissions_of(found);
        let wanted = self.mode_for(found).unwrap_or(has);
        // Whoever may write to a directory without it may remove what belongs to others.
        let is_opener = wanted & !has & STICKY != 0 && has & WRITE & possible != 0;
        self.user.may(found, needed(kind_of(found)) & possible) && has & !STICKY & !wanted & possible == 0 && !is_opener
    }
}

impl User {
    /// Reading and writing, and entering a directory.
    fn may_use(&self, found: &Statx) -> bool {
        self.may(found, needed(kind_of(found)))
    }

    /// By the permission bits. path_resolution(7)
    fn may(&self, found: &Statx, needed: u32) -> bool {
        let shift = if self.uid == found.stx_uid {
            6
        } else if self.groups.contains(&found.stx_gid) {
            3
        } else {
            0
        };
        permissions_of(found) >> shift & needed == needed
    }
}

fn needed(kind: FileType) -> u32 {
    match kind {
        FileType::Directory => 7,
        FileType::Symlink => 0,
        _ => 6,
    }
}

fn is_plain(kind: FileType) -> bool {
    matches!(kind, FileType::Directory | FileType::RegularFile)
}

fn permissions_of(found: &Statx) -> u32 {
    u32::from(found.stx_mode) & PERMISSIONS
}
