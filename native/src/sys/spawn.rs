//! A child that executes a program at once, in the memory of its parent, which waits for that: nothing is copied. vfork(2)

use alloc::ffi::CString;
use alloc::vec::Vec;

use rustix::fd::RawFd;
use rustix::io::Errno;

use super::pid_variable::PidVariable;
use super::process::{self, Given};
use super::{Result, check, credentials, signals, terminal};

/// What the child does before, and what it executes.
pub struct Spawn<'strings> {
    pub given: Given<'strings>,
    pub candidates: &'strings [CString],
    /// Refused with one of these, a candidate lets the next be tried.
    pub passed_over: &'strings [i32],
    pub place: Place,
    /// Negative where there is none.
    pub terminal: RawFd,
    /// Its group comes to the foreground of the terminal.
    pub is_foreground: bool,
    pub resets_signals: bool,
    pub mask: u64,
    pub parent_death_signal: u32,
    /// The variable that gets its number.
    pub own_number: Option<usize>,
    pub outcome: Outcome,
}

/// Of a child that executed nothing; of another it stays empty.
#[derive(Default)]
pub struct Outcome {
    pub is_refused: bool,
    /// The call before that failed.
    pub failed: Option<Errno>,
    /// Of each candidate that was tried.
    pub refusals: Vec<i32>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Place {
    Session,
    Group,
    Shared,
}

const STACK: usize = 32 * 1024;

/// The child's number. When that could not execute anything it is gone again, and what was in its way stands in `spawn`.
pub fn run(spawn: &mut Spawn<'_>) -> Result<i32> {
    let mut stack = Vec::<u128>::with_capacity(STACK / size_of::<u128>());
    spawn.outcome.refusals.reserve(spawn.candidates.len());
    let own: *mut Spawn<'_> = spawn;
    // SAFETY: the stack is the child's alone and outlives it: this process goes on when the child has left its memory. So do all that `spawn`
    // points to. The child is the only thread that runs meanwhile, and touches nothing but the stack and `spawn`.
    let pid = check(i64::from(unsafe {
        let top = stack.as_mut_ptr().add(stack.capacity());
        libc::clone(
            child,
            top.cast(),
            libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD,
            own.cast(),
        )
    }))? as i32;
    if spawn.outcome.is_refused {
        while process::wait(pid, 0) == Err(Errno::INTR) {}
    }
    Ok(pid)
}

extern "C" fn child(spawn: *mut libc::c_void) -> libc::c_int {
    // SAFETY: the parent's, which waits.
    let spawn = unsafe { &mut *spawn.cast::<Spawn<'_>>() };
    match spawn.prepare() {
        Ok(()) => spawn.execute(),
        Err(errno) => spawn.outcome.failed = Some(errno),
    }
    spawn.outcome.is_refused = true;
    127
}

impl Spawn<'_> {
    fn prepare(&self) -> Result<()> {
        match self.place {
            Place::Session => {
                process::new_session()?;
                if self.terminal >= 0 {
                    // Another session's terminal stays with that one.
                    let _ = terminal::take(self.terminal);
                }
            }
            Place::Group => {
                terminal::set_group(0, 0)?;
                if self.terminal >= 0 && self.is_foreground {
                    terminal::set_foreground(self.terminal, process::id())?;
                }
            }
            Place::Shared => {}
        }
        if self.parent_death_signal != 0 {
            credentials::set_parent_death_signal(self.parent_death_signal)?;
        }
        if self.resets_signals {
            signals::default_all()?;
        }
        signals::set_mask(self.mask).map(|_| ())
    }

    /// Comes back when every candidate was refused, or one with what counts.
    fn execute(&mut self) {
        let own = PidVariable::of(process::id());
        if let Some(index) = self.own_number {
            self.given.set_variable(index, own.as_ptr());
        }
        for path in self.candidates {
            let refusal = self.given.execute(path).raw_os_error();
            self.outcome.refusals.push(refusal);
            if !self.passed_over.contains(&refusal) {
                break;
            }
        }
    }
}

#[cfg(test)]
#[path = "spawn_tests.rs"]
mod tests;
