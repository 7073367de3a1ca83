//! What is left when the workload has ended: told to end, waited for, and killed.

use rustix::io::Errno;

use super::LIST;
use super::settings::Settings;
use crate::sys::{Result, files, process, signals};

/// How often who is not a child of ours is looked for.
const SLICE_MS: u32 = 50;
/// After the last signal, which nobody survives, for the kernel to do it.
const KILLED_MS: u32 = 1000;
/// More are told twice.
const TOLD: usize = 64;

fn number(digits: &[u8]) -> Option<i32> {
    core::str::from_utf8(digits).ok()?.parse().ok()
}

fn is_first() -> bool {
    process::id() == 1
}

pub fn end(settings: &Settings<'_>) {
    let Some(grace_ms) = settings.grace_ms else {
        return;
    };
    let mut told = Told::new();
    let mut left = left_after(grace_ms, || told.tell(libc::SIGTERM));
    if left == Left::Signalled {
        left = left_after(KILLED_MS, || Told::new().tell(libc::SIGKILL));
    }
    if left == Left::Refused {
        settings.say(settings.texts.left, settings.workload, 0);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Left {
    Nobody,
    /// Only such as may not be signalled: what they were never told they are not waited for.
    Refused,
    Signalled,
}

/// Who is left when time is over, or as soon as it is nobody who may be signalled. Who becomes ours meanwhile, because its parent has ended, is
/// told as well.
fn left_after(ms: u32, mut tell: impl FnMut()) -> Left {
    let deadline = process::clock() + f64::from(ms);
    loop {
        tell();
        let left = left();
        let rest = deadline - process::clock();
        if left != Left::Signalled || rest <= 0.0 {
            return left;
        }
        // Whatever comes now, the rest has been told.
        let _ = signals::wait(signals::ALL, Some(SLICE_MS.min(rest as u32 + 1)));
    }
}

fn left() -> Left {
    while let Ok((1.., _)) = process::wait(-1, libc::WNOHANG | libc::__WALL) {}
    let is_nobody = if is_first() {
        // Also those that came from outside. It answers 0 where each of them is refused. kill(2)
        process::kill(-1, 0) == Err(Errno::SRCH)
    } else {
        process::wait(-1, libc::WNOHANG | libc::__WALL) == Err(Errno::CHILD)
    };
    let mut may_signal = false;
    let is_listed = for_each(|pid| may_signal |= process::kill(pid, 0).is_ok());
    match (is_nobody, is_listed && !may_signal) {
        (true, _) => Left::Nobody,
        (_, true) => Left::Refused,
        _ => Left::Signalled,
    }
}

/// Who has had the signal already.
struct Told {
    pids: [i32; TOLD],
    count: usize,
    is_everybody: bool,
}

impl Told {
    const fn new() -> Self {
        Self {
            pids: [0; TOLD],
            count: 0,
            is_everybody: false,
        }
    }

    fn tell(&mut self, signal: i32) {
        if !is_first() {
            for_each(|pid| self.tell_one(pid, signal));
        } else if !self.is_everybody {
            self.is_everybody = true;
            let _ = process::kill(-1, signal);
        }
    }

    fn tell_one(&mut self, pid: i32, signal: i32) {
        if self.pids.contains(&pid) {
            return;
        }
        let _ = process::kill(pid, signal);
        self.pids[self.count % TOLD] = pid;
        self.count += 1;
    }
}

/// Everybody of the list but the first process: of /proc where this is the first itself, which has everybody for the rest; else of the kernel's
/// list of children. False where it cannot be read. proc_pid_task(5)
fn for_each(mut work: impl FnMut(i32)) -> bool {
    let mut take = |digits: &[u8]| {
        if let Some(pid @ 2..) = number(digits) {
            work(pid);
        }
    };
    if is_first() {
        files::each_name(LIST, take).is_ok()
    } else {
        each_word(LIST, &mut take).is_ok()
    }
}

fn each_word(fd: i32, mut work: impl FnMut(&[u8])) -> Result<()> {
    let mut bytes = [0; 1024];
    let mut offset = 0;
    loop {
        let read = files::read_at_into(fd, offset, &mut bytes)?;
        // A number that is cut off is read once more, from its beginning.
        let Some(whole) = bytes[..read].iter().rposition(|&byte| byte == b' ') else {
            return Ok(());
        };
        bytes[..whole].split(|&byte| byte == b' ').for_each(&mut work);
        offset += whole as u64 + 1;
    }
}
