//! Re-owns a tree and sets its modes. Every step goes by descriptor and none through a link, because the tree may belong to an
//! attacker who changes it meanwhile. One system call per entry that is right already; the loop is native for that reason.

use alloc::ffi::CString;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::mem::MaybeUninit;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};

use rustix::fs::{self, Mode, OFlags, RawDir, Statx, StatxFlags};
use rustix::io::Errno;

use crate::sys;

mod change;
mod crew;
mod goal;
mod levels;
mod look;
mod mount;
mod share;
mod summary;
use change::Proved;
use crew::Crew;
pub use crew::Sharing;
pub use goal::{Goal, ModeChange, Modes, User};
use levels::Names;
use look::{IDENTITY, OWNER, is_directory, is_linked_here, is_steady, look, look_here};
use mount::Mount;
pub use summary::Summary;

const DIRECTORY_BUFFER: usize = 32 * 1024;
/// A busy writer moves the time of change as well.
const LINK_CHECKS: usize = 16;
/// Entries between two reports.
const REPORT_INTERVAL: usize = 1024;

/// Called with the entries seen and changed so far, every few milliseconds; false ends the walk where it is, as if it had been killed.
pub type Progress<'call> = &'call mut dyn FnMut(usize, usize) -> bool;

pub struct Options {
    pub goal: Goal,
    pub cross_mounts: bool,
    pub hard_links: bool,
    /// What is walked is a server's, who may know better than this kernel.
    pub asks_server: bool,
    pub max_depth: usize,
    pub exclude: Vec<CString>,
    pub sharing: Sharing,
}

/// The top directory is changed last, and only when nothing below failed: whoever looks at it alone then knows that the rest
/// is done.
pub fn own_tree(top: RawFd, options: &Options, progress: Progress<'_>) -> sys::Result<Summary> {
    let top = sys::fd::borrow(top)?;
    let found = look(top, c"", OWNER)?;
    let mut walk = Walk::new(options, Mount::opened(top, &found), DIRECTORY_BUFFER, progress);
    walk.whole(top, &found);
    Ok(walk.summary)
}

/// One entry of a directory alone, whatever it is.
pub fn own_entry(directory: RawFd, name: &CStr, options: &Options) -> sys::Result<Summary> {
    let directory = sys::fd::borrow(directory)?;
    let steady = is_steady(&look(directory, c"", OWNER)?);
    let found = match look(directory, name, OWNER) {
        Err(Errno::NOENT) => return Ok(Summary::default()),
        found => found?,
    };
    let progress = &mut |_, _| true;
    let mut walk = Walk::new(options, Mount::seen(&found), 0, progress);
    if walk.entry(directory, name, steady)
        && let Some((opened, found)) = walk.open(directory, name, OFlags::PATH | OFlags::DIRECTORY)
    {
        walk.change(opened.as_fd(), c"", &found);
    }
    Ok(walk.summary)
}

/// Whether somebody else can change the names in a directory.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    None,
    /// As it was found, nobody but root can.
    Steady,
    /// It is root's until its entries are done.
    Held,
}

struct Walk<'call> {
    options: &'call Options,
    progress: Progress<'call>,
    /// Told to end.
    is_over: bool,
    mount: Mount,
    crew: Crew,
    summary: Summary,
    path: Vec<u8>,
    /// Neighbours are mostly alike, so this foretells which order of calls is the shorter one.
    last_differed: bool,
    proved: Proved,
    buffer: Vec<MaybeUninit<u8>>,
}

impl<'call> Walk<'call> {
    fn new(options: &'call Options, mount: Mount, buffer: usize, progress: Progress<'call>) -> Self {
        Self {
            options,
            progress,
            is_over: false,
            mount,
            crew: Crew::new(options.sharing),
            summary: Summary::default(),
            path: Vec::new(),
            last_differed: false,
            proved: Proved::default(),
            buffer: vec![MaybeUninit::uninit(); buffer],
        }
    }

    fn whole(&mut self, top: BorrowedFd<'_>, found: &Statx) {
        self.summary.seen = 1;
        let guard = self.guard(top, found);
        self.below(top, guard, 0);
        if self.is_over {
            return;
        }
        if self.summary.failed == 0 {
            self.finish(top, found, guard);
        } else if guard == Guard::Held {
            change::give_back(top, found);
        }
    }

    /// Does all entries but the directories, and returns those.
    fn entries(&mut self, directory: BorrowedFd<'_>, guard: Guard) -> Names {
        let steady = guard != Guard::None;
        self.proved = Proved::default();
        let mut directories = Names::default();
        let mut buffer = core::mem::take(&mut self.buffer);
        let mut entries = RawDir::new(directory, &mut buffer);
        while !self.is_over
            && let Some(entry) = entries.next()
        {
            match entry {
                Ok(entry) if self.is_skipped(entry.file_name()) => {}
                Ok(entry) => {
                    let path_length = self.path.len();
                    self.lengthen(entry.file_name());
                    if self.entry(directory, entry.file_name(), steady) {
                        directories.push(entry.file_name());
                    }
                    self.path.truncate(path_length);
                }
                Err(errno) => {
                    self.fail("getdents64", errno);
                    break;
                }
            }
        }
        self.buffer = buffer;
        directories
    }

    fn is_skipped(&self, name: &CStr) -> bool {
        name == c"." || name == c".." || self.options.exclude.iter().any(|each| each.as_c_str() == name)
    }

    fn lengthen(&mut self, name: &CStr) {
        self.path.push(b'/');
        self.path.extend_from_slice(name.to_bytes());
    }

    /// Whether it is a directory to enter. What differs is opened where others can change names: by then the name could
    /// stand for a hard link to a file from elsewhere. A mode has no call that takes a name and follows no link.
    fn entry(&mut self, directory: BorrowedFd<'_>, name: &CStr, steady: bool) -> bool {
        if steady || !self.last_differed {
            let found = match self.look_at(directory, name, OWNER) {
                Ok(found) => found,
                Err(errno) => {
                    self.pass_or_fail(directory, name, errno);
                    return false;
                }
            };
            self.last_differed = self.options.goal.differs(&found);
            let is_safe_by_name = steady && (self.mount.is_told || self.options.cross_mounts);
            let is_done_by_name =
                !self.last_differed || (is_safe_by_name && self.options.goal.mode_for(&found).is_none());
            if is_done_by_name || is_directory(&found) {
                return self.settle(directory, name, &found);
            }
        }
        for _ in 0..LINK_CHECKS {
            let Some((opened, found)) = self.open(directory, name, OFlags::PATH) else {
                return false;
            };
            self.last_differed = self.options.goal.differs(&found);
            if !self.needs_own_link(&found) || is_linked_here(directory, name, &found) {
                return self.settle(opened.as_fd(), c"", &found);
            }
        }
        self.fail("statx", Errno::AGAIN);
        false
    }

    /// The server of another mount is asked only where that is to be entered.
    fn look_at(&self, at: BorrowedFd<'_>, name: &CStr, wanted: StatxFlags) -> sys::Result<Statx> {
        let known = look_here(at, name, wanted)?;
        let (here, elsewhere) = (self.options.asks_server, self.options.cross_mounts);
        // Before Linux 5.8 it takes a look into /proc to tell which of the two it is.
        let is_asked =
            here && elsewhere || here != elsewhere && self.mount.has(name.is_empty().then_some(at), &known) == here;
        if is_asked { look(at, name, wanted) } else { Ok(known) }
    }

    /// A count of one says little where others can change names: the one link may be elsewhere, and the opened one gone.
    fn needs_own_link(&self, found: &Statx) -> bool {
        let is_single = !is_directory(found) && found.stx_nlink == 1;
        is_single && self.options.goal.differs(found) && !self.options.hard_links
    }

    /// Whether it is a directory to enter; anything else is changed here if need be.
    fn settle(&mut self, at: BorrowedFd<'_>, name: &CStr, found: &Statx) -> bool {
        self.summary.seen += 1;
        if self.summary.seen.is_multiple_of(REPORT_INTERVAL) {
            self.report();
        }
        if !self.is_on_this_mount(name.is_empty().then_some(at), found) {
            return false;
        }
        if is_directory(found) {
            return true;
        }
        if found.stx_nlink > 1 && !self.options.hard_links {
            self.summary.hard_linked += usize::from(self.options.goal.differs(found));
        } else {
            self.change(at, name, found);
        }
        false
    }

    fn report(&mut self) {
        let [seen, changed] = self.crew.tell(&self.summary);
        if !self.crew.is_helper && !self.is_over {
            self.is_over = !(self.progress)(seen, changed);
        }
    }

    fn is_on_this_mount(&mut self, opened: Option<BorrowedFd<'_>>, found: &Statx) -> bool {
        let answer = self.options.cross_mounts || self.mount.has(opened, found);
        self.summary.other_mounts += usize::from(!answer);
        answer
    }

    fn open(&mut self, directory: BorrowedFd<'_>, name: &CStr, flags: OFlags) -> Option<(OwnedFd, Statx)> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = self.checked("openat", fs::openat(directory, name, flags, Mode::empty()))?;
        match self.look_at(opened.as_fd(), c"", IDENTITY) {
            Ok(found) => Some((opened, found)),
            Err(errno) => {
                self.pass_or_fail(directory, name, errno);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
