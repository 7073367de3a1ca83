//! What the walk changes, and what becomes of a refusal.

use core::ffi::CStr;
use rustix::fd::{AsRawFd, BorrowedFd};

use rustix::fs::{self, Mode, Statx, Uid};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::look::{OWNER, has_other_mode, is_mounted_over, is_others_to_write, is_regular, is_steady, itself, look};
use super::summary::{Failure, KEPT_FAILURES};
use super::{Guard, Walk};
use crate::sys;

/// What the kernel said was done with an entry.
#[derive(Default)]
struct Done {
    mode: Option<u32>,
    owner: bool,
}

/// Which changes a file system was seen to make.
#[derive(Clone, Copy, Default)]
pub struct Proved {
    owner: bool,
    mode: bool,
}

/// To whom it was found to belong, as far as that is possible.
pub fn give_back(directory: BorrowedFd<'_>, found: &Statx) {
    let _ = fs::fchown(directory, Some(Uid::from_raw(found.stx_uid)), None);
}

impl Walk<'_> {
    /// A directory that gets another owner in the end is root's until its entries are done: they need no second look then, as
    /// nobody can swap their names. One that shall be root's is not held, because it would look done when it is only begun.
    pub fn guard(&self, directory: BorrowedFd<'_>, found: &Statx) -> Guard {
        if is_steady(found) {
            return Guard::Steady;
        }
        let goal = &self.options.goal;
        let is_given_away = goal.owner_differs(found) && goal.uid.is_some_and(|uid| uid != found.stx_uid && uid != 0);
        if !is_given_away
            || is_others_to_write(found)
            || !geteuid().is_root()
            || fs::fchown(directory, Some(Uid::ROOT), None).is_err()
        {
            return Guard::None;
        }
        // Its owner may have opened it to others before it was taken.
        if look(directory, c"", OWNER).is_ok_and(|now| is_steady(&now)) {
            return Guard::Held;
        }
        give_back(directory, found);
        Guard::None
    }

    /// What is done with a directory when its entries are done.
    pub fn finish(&mut self, directory: BorrowedFd<'_>, found: &Statx, guard: Guard) {
        let failed = self.summary.failed;
        self.change(directory, c"", found);
        if guard == Guard::Held && self.summary.failed > failed {
            give_back(directory, found);
        }
    }

    /// The mode first: on what root has just made that takes no capability, and once it is another's it does. A new owner takes
    /// set-user-ID and set-group-ID away from files, never from directories. chown(2)
    pub fn change(&mut self, at: BorrowedFd<'_>, name: &CStr, found: &Statx) {
        let goal = &self.options.goal;
        let mut done = Done::default();
        if let Some(mode) = goal.mode_for(found) {
            self.group_first(at, name, found, mode);
            if goal.says_all_of_group(found) {
                // Its entries would get what the group gets. Mostly there is none, or it goes with the mode or not at all. acl(5)
                let _ = sys::files::remove_attribute(at.as_raw_fd(), c"system.posix_acl_access");
            }
            let result = sys::files::set_mode(at, mode);
            if self.changed("fchmod", result, found) {
                self.require_setgid(at, mode);
                done.mode = Some(mode);
            }
        }
        if goal.owner_differs(found) {
            let result = sys::files::set_owner(at, name, goal.uid, goal.gid, itself(name));
            done.owner = self.changed("fchownat", result, found);
        }
        if self.is_reached(at, name, found, &done) {
            self.summary.modes_changed += usize::from(done.mode.is_some());
            self.summary.changed += usize::from(done.owner);
        }
    }

    /// A file system may answer that it has done what it ignores. Each would, so what it did with one file is believed of the others in that
    /// directory.
    fn is_reached(&mut self, at: BorrowedFd<'_>, name: &CStr, found: &Statx, done: &Done) -> bool {
        if done.mode.is_none() && !done.owner {
            return true;
        }
        let goal = &self.options.goal;
        let shows = Proved {
            owner: done.owner && goal.has_other_owner(found),
            mode: done.mode.is_some(),
        };
        if is_regular(found) && shows.owner <= self.proved.owner && shows.mode <= self.proved.mode {
            return true;
        }
        let Ok(now) = look(at, name, OWNER) else {
            return true;
        };
        let is_ignored =
            (done.owner && goal.has_other_owner(&now)) || done.mode.is_some_and(|mode| has_other_mode(&now, mode));
        if is_ignored {
            self.fail("ignored", Errno::OPNOTSUPP);
            self.summary.failed_but_met += usize::from(self.options.goal.is_met_as_it_is(&now, false));
        } else if is_regular(found) {
            self.proved.owner |= shows.owner;
            self.proved.mode |= shows.mode;
        }
        !is_ignored
    }

    /// The group that it had gets nothing from the new mode. Not with the set-group-ID bit, which a group of others may cost; what is
    /// refused here is refused once more with the owner, and told then.
    fn group_first(&self, at: BorrowedFd<'_>, name: &CStr, found: &Statx, mode: u32) {
        let gid = self.options.goal.gid.filter(|&gid| gid != found.stx_gid);
        if self.options.goal.owner_differs(found) && gid.is_some() && mode & Mode::SGID.as_raw_mode() == 0 {
            let _ = sys::files::set_owner(at, name, None, gid, itself(name));
        }
    }

    fn changed(&mut self, call: &'static str, result: sys::Result<()>, found: &Statx) -> bool {
        let failed = self.summary.failed;
        let is_read_only = result == Err(Errno::ROFS);
        let done = self.checked(call, result).is_some();
        if self.summary.failed > failed && self.options.goal.is_met_as_it_is(found, is_read_only) {
            self.summary.failed_but_met += 1;
        }
        done
    }

    /// The kernel leaves the bit out without a word when the group is none of ours and FSETID is missing. chmod(2)
    fn require_setgid(&mut self, at: BorrowedFd<'_>, mode: u32) {
        let set_group = Mode::SGID.as_raw_mode();
        if mode & set_group != 0
            && let Some(now) = self.checked("statx", look(at, c"", OWNER))
            && u32::from(now.stx_mode) & set_group == 0
        {
            self.fail("setgid", Errno::PERM);
        }
    }

    pub fn checked<T>(&mut self, call: &'static str, result: sys::Result<T>) -> Option<T> {
        result.map_err(|errno| self.fail(call, errno)).ok()
    }

    /// What cannot be looked at may be the top of another mount, whose server is gone or lets nobody in.
    pub fn pass_or_fail(&mut self, directory: BorrowedFd<'_>, name: &CStr, errno: Errno) {
        if !self.options.cross_mounts && errno != Errno::NOENT && is_mounted_over(directory, name) {
            self.summary.seen += 1;
            self.summary.other_mounts += 1;
        } else {
            self.fail("statx", errno);
        }
    }

    /// An entry that is gone, or that became something else, is somebody else's race and no failure.
    pub fn fail(&mut self, call: &'static str, errno: Errno) {
        if errno == Errno::NOENT || (call == "openat" && matches!(errno, Errno::NOTDIR | Errno::LOOP)) {
            return;
        }
        self.summary.failed += 1;
        if self.summary.failures.len() < KEPT_FAILURES {
            self.summary.failures.push(Failure {
                path: self.path.clone(),
                call: call.into(),
                errno,
            });
        }
    }
}
