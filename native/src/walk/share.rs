//! A large tree is walked by two processes. The second one is forked wherever the walk happens to be. It knows what the first one
//! knows and has open what that has open, so they need only agree on who takes which of the directories that are left. What both
//! know, the first one finishes when the second is gone.

use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use rustix::fd::{AsFd, AsRawFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::io::{self, Errno};
use rustix::pipe::{PipeFlags, pipe_with};

use super::Walk;
use super::levels::{Entered, Levels, Next};
use super::summary::{Failure, KEPT_FAILURES, Summary};
use crate::sys::shared::Shared;
use crate::sys::{self, credentials, process, signals};

/// The directories on the way stay open while a helper works, as well as those below them.
const DEEPEST: usize = 32;
const REPORT_BUFFER: usize = 4096;
const WAIT_MS: i32 = 50;
const DONE: i32 = 0;
const FAILED: i32 = 1;

/// Each process takes the next number, and passes over the directories that the other one has taken.
struct Claims {
    next: Shared,
    passed: usize,
}

impl Claims {
    fn take<'levels>(&mut self, levels: &'levels mut Levels<'_>) -> Option<Next<'levels>> {
        let claimed = self.next[0].fetch_add(1, Ordering::Relaxed);
        while self.passed < claimed {
            levels.pop_from_top()?;
            self.passed += 1;
        }
        self.passed += 1;
        levels.pop_from_top()
    }
}

/// A process that takes claims as well.
pub struct Helper {
    pub pid: i32,
    pub report: OwnedFd,
}

enum Forked {
    First(Helper),
    Second { report: OwnedFd },
}

impl Walk<'_> {
    /// Does all directories that are left, if a second process can be had for them.
    pub fn share(&mut self, levels: &mut Levels<'_>) {
        if levels.directories_left() < 2 || levels.deepest() > DEEPEST || !self.crew.hire() {
            return;
        }
        self.crew.look_out_from(self.summary.seen);
        match fork() {
            Ok((claims, Forked::Second { report })) => self.help(claims, levels, report),
            Ok((claims, Forked::First(helper))) => {
                self.take_claims(claims, levels);
                self.join(helper);
                self.crew.look_out_from(self.summary.seen);
            }
            // One process is enough: it only takes longer.
            Err(_) => {
                self.crew.rests();
                self.crew.stop_hiring();
            }
        }
    }

    fn take_claims(&mut self, mut claims: Claims, levels: &mut Levels<'_>) {
        self.crew.nested += 1;
        let path = self.path.clone();
        while !self.is_over
            && let Some(next) = claims.take(levels)
        {
            let depth = next.depth;
            if let Some(Entered { opened, found, guard }) = self.enter(&next) {
                self.below(opened.as_fd(), guard, depth);
                if self.is_over {
                    break;
                }
                self.finish(opened.as_fd(), &found, guard);
            }
            self.path.clone_from(&path);
        }
        self.crew.nested -= 1;
    }

    /// The life of a helper, which does not go back into what the first process was doing.
    fn help(&mut self, claims: Claims, levels: &mut Levels<'_>, report: OwnedFd) -> ! {
        self.summary = Summary::default();
        self.crew.become_helper();
        self.take_claims(claims, levels);
        self.crew.tell(&self.summary);
        self.crew.rests();
        let is_told = tell(&report, core::mem::take(&mut self.summary));
        process::exit(if is_told { DONE } else { FAILED })
    }

    /// Waits for what the helper has still to do.
    pub fn join(&mut self, helper: Helper) {
        self.crew.rests();
        let report = self.listen(helper.report);
        if self.is_over {
            // It would have been, with this process.
            let _ = process::kill(helper.pid, libc::SIGKILL);
        }
        let ended = sys::retry(|| process::wait(helper.pid, 0));
        self.crew.works();
        match report.as_deref().and_then(Summary::decode) {
            Some(summary) if ended == Ok((helper.pid, DONE)) => {
                self.crew.knows(&summary);
                self.summary.add(summary);
            }
            _ => self.lose_helper(),
        }
    }

    fn listen(&mut self, report: OwnedFd) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        while !self.is_over {
            match process::poll(&[(report.as_raw_fd(), libc::POLLIN as u16)], WAIT_MS) {
                Ok(ready) if ready.is_empty() => self.report(),
                Ok(_) => {
                    bytes.reserve(REPORT_BUFFER);
                    match sys::retry(|| io::read(&report, spare_capacity(&mut bytes))) {
                        Ok(0) => return Some(bytes),
                        Ok(_) => {}
                        Err(_) => return None,
                    }
                }
                Err(Errno::INTR) => {}
                Err(_) => return None,
            }
        }
        None
    }

    /// Nobody knows what it has left undone, so it is the whole tree's failure, and comes before any refusal.
    fn lose_helper(&mut self) {
        if self.crew.is_helper {
            process::exit(FAILED);
        }
        self.crew.stop_hiring();
        let failure = Failure {
            path: Vec::new(),
            call: "wait4".into(),
            errno: Errno::IO,
        };
        self.summary.failed += 1;
        self.summary.failures.insert(0, failure);
        self.summary.failures.truncate(KEPT_FAILURES);
    }
}

fn fork() -> sys::Result<(Claims, Forked)> {
    let claims = Claims {
        next: Shared::new()?,
        passed: 0,
    };
    let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
    let first = process::id();
    let pid = process::fork()?;
    if pid > 0 {
        return Ok((claims, Forked::First(Helper { pid, report: read })));
    }
    if bind_to(first).is_err() {
        process::exit(FAILED);
    }
    Ok((claims, Forked::Second { report: write }))
}

/// What is pressed at a terminal would end the helper, and not a first process that is process 1.
fn bind_to(first: i32) -> sys::Result<()> {
    signals::set_mask(u64::MAX)?;
    credentials::set_parent_death_signal(libc::SIGKILL as u32)?;
    if process::parent_id() == first {
        Ok(())
    } else {
        Err(Errno::SRCH)
    }
}

fn tell(report: &OwnedFd, summary: Summary) -> bool {
    let bytes = summary.encode();
    let mut left = bytes.as_slice();
    while !left.is_empty() {
        match sys::retry(|| io::write(report, left)) {
            Ok(count) => left = &left[count..],
            Err(_) => return false,
        }
    }
    true
}
