//! What the init is to do, as src/departure/part.ts writes it: numbers in decimal digits up to the end of a line, and behind that the texts.

use crate::sys::digits::{self, Space};
use crate::sys::{Result, credentials, process};

/// PIPE_BUF: so much is written, and read, in one piece. pipe(7)
pub const LONGEST: usize = 4096;
const SIGNALS: usize = 65;
const STATUSES: usize = 256;
const DAEMONS: usize = 16;

pub struct Buffer {
    pub bytes: [u8; LONGEST],
}

impl Buffer {
    pub const fn new() -> Self {
        Self { bytes: [0; LONGEST] }
    }
}

/// A process that a step has left for the workload.
#[derive(Clone, Copy, Default)]
pub struct Daemon<'buffer> {
    pub pid: i32,
    pub ends_all: bool,
    pub text: &'buffer [u8],
}

/// Behind a byte 5: what follows is said of any number, and of one of which nothing else was.
const ALWAYS: u8 = 0;
const ELSE: u8 = 127;

/// Said where they are not empty. In place of a byte 1 stands a pid, in place of a byte 2 a number, in place of a byte 3 the time. What stands
/// behind a byte 5 and the number of a signal, up to the next, is said of that one alone.
#[derive(Default)]
pub struct Texts<'buffer> {
    pub failed: &'buffer [u8],
    pub refused: &'buffer [u8],
    pub reaped: &'buffer [u8],
    pub ended: &'buffer [u8],
    pub killed: &'buffer [u8],
    pub forwarded: &'buffer [u8],
    pub left: &'buffer [u8],
    pub unfiltered: &'buffer [u8],
    /// By which name it is known, for /proc/self/comm.
    pub name: &'buffer [u8],
}

pub struct Settings<'buffer> {
    pub workload: i32,
    pub to_group: bool,
    pub is_subreaper: bool,
    pub keeps_privilege: bool,
    /// Capabilities.
    pub kept: u64,
    /// Somebody can continue this process: it stops with the workload.
    pub stops_too: bool,
    /// The workload leads a process group, in a session that is not its own.
    pub is_group: bool,
    /// The workload is in the process group of the init.
    pub is_shared: bool,
    pub needs_filter: bool,
    /// A descriptor of the terminal; negative where there is none.
    pub terminal: i32,
    pub parent_death_signal: i32,
    pub parent: i32,
    /// What is sent to the workload's group when it has ended; 0 for nothing.
    pub at_end: i32,
    /// Of which signals it stops itself, when they have been sent on: bit n-1 is signal n.
    pub stops_itself: u64,
    /// Who may be left is listed by a descriptor.
    pub has_list: bool,
    /// How long the rest may take to end.
    pub grace_ms: Option<u32>,
    /// What is sent instead of each; 0 for nothing.
    pub signals: [u8; SIGNALS],
    pub statuses: [u8; STATUSES],
    pub daemons: [Daemon<'buffer>; DAEMONS],
    pub texts: Texts<'buffer>,
}

/// Whole numbers, one after the other.
struct Numbers<'buffer> {
    rest: &'buffer [u8],
}

impl Numbers<'_> {
    fn next<T: TryFrom<i64>>(&mut self) -> Option<T> {
        let end = self.rest.iter().position(|byte| matches!(byte, b' ' | b'\n'))?;
        let (digits, rest) = self.rest.split_at(end);
        self.rest = &rest[1..];
        let number = core::str::from_utf8(digits).ok()?.parse::<i64>().ok()?;
        T::try_from(number).ok()
    }

    fn flag(&mut self) -> Option<bool> {
        self.next::<u8>().map(|flag| flag == 1)
    }
}

/// Those texts of which the lengths are known.
struct Cut<'buffer>(&'buffer [u8]);

impl<'buffer> Cut<'buffer> {
    fn next(&mut self, length: usize) -> Option<&'buffer [u8]> {
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }
}

impl<'buffer> Settings<'buffer> {
    pub fn parse(buffer: &'buffer Buffer) -> Option<Self> {
        let line = buffer.bytes.iter().position(|&byte| byte == b'\n')?;
        let mut numbers = Numbers {
            rest: &buffer.bytes[..=line],
        };
        let mut texts = Cut(&buffer.bytes[line + 1..]);
        let mut settings = Self {
            workload: numbers.next()?,
            to_group: numbers.flag()?,
            is_subreaper: numbers.flag()?,
            keeps_privilege: numbers.flag()?,
            kept: numbers.next()?,
            stops_too: numbers.flag()?,
            is_group: numbers.flag()?,
            is_shared: numbers.flag()?,
            needs_filter: numbers.flag()?,
            terminal: numbers.next()?,
            parent_death_signal: numbers.next()?,
            parent: numbers.next()?,
            at_end: numbers.next()?,
            stops_itself: numbers.next()?,
            has_list: numbers.flag()?,
            grace_ms: match numbers.next::<i64>()? {
                ..0 => None,
                ms => Some(u32::try_from(ms).ok()?),
            },
            signals: core::array::from_fn(|signal| signal as u8),
            statuses: core::array::from_fn(|status| status as u8),
            daemons: [Daemon::default(); DAEMONS],
            texts: Texts::default(),
        };
        for _ in 0..numbers.next::<usize>()? {
            let signal = numbers.next::<usize>()?;
            *settings.signals.get_mut(signal)? = numbers.next()?;
        }
        for _ in 0..numbers.next::<usize>()? {
            let status = numbers.next::<usize>()?;
            *settings.statuses.get_mut(status)? = numbers.next()?;
        }
        for index in 0..numbers.next::<usize>()? {
            *settings.daemons.get_mut(index)? = Daemon {
                pid: numbers.next()?,
                ends_all: numbers.flag()?,
                text: texts.next(numbers.next()?)?,
            };
        }
        let each = &mut settings.texts;
        for text in [
            &mut each.failed,
            &mut each.refused,
            &mut each.reaped,
            &mut each.ended,
            &mut each.killed,
            &mut each.forwarded,
            &mut each.left,
            &mut each.unfiltered,
            &mut each.name,
        ] {
            *text = texts.next(numbers.next()?)?;
        }
        // A pid below is everybody's, or a whole group's. kill(2)
        (settings.workload > 1 && numbers.rest.is_empty()).then_some(settings)
    }

    /// When the parent has gone before it could be asked for its end, that has come.
    pub fn watch_parent(&self) -> Result<()> {
        if self.parent_death_signal != 0 {
            credentials::set_parent_death_signal(self.parent_death_signal.cast_unsigned())?;
            if process::parent_id() != self.parent {
                process::kill(process::id(), self.parent_death_signal)?;
            }
        }
        Ok(())
    }

    pub fn say(&self, text: &[u8], pid: i32, number: i32) {
        const LINE: usize = 1024;
        if text.is_empty() {
            return;
        }
        let mut line = [0; LINE];
        let mut length = 0;
        let mut put = |bytes: &[u8]| {
            for &byte in bytes.iter().take(LINE - length) {
                line[length] = byte;
                length += 1;
            }
        };
        let (mut is_choice, mut is_chosen, mut is_said) = (false, false, true);
        for &byte in text {
            if is_choice {
                is_said = match byte {
                    ALWAYS => true,
                    ELSE => !is_chosen,
                    chosen => i32::from(chosen) == number,
                };
                is_chosen |= is_said;
                is_choice = false;
                continue;
            }
            match byte {
                5 => is_choice = true,
                _ if !is_said => {}
                1 => put(digits::of(pid, &mut Space::default())),
                2 => put(digits::of(number, &mut Space::default())),
                3 => put(&digits::date(process::now())),
                other => put(&[other]),
            }
        }
        process::say(2, &line[..length]);
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
