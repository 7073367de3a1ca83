//! What is left when the workload has ended: told to end, waited for, and killed.

use core::sync::atomic::{AtomicI32, Ordering};

use rustix::io::Errno;

use super::settings::Settings;
use crate::sys::{files, process, signals};

/// How often who is not a child of ours is looked for.
const SLICE_MS: u32 = 50;
/// After the last signal, which nobody survives, for the kernel to do it.
const KILLED_MS: u32 = 1000;
/// More are told twice.
const TOLD: usize = 64;

/// The kernel's list of children, where that is needed. proc_pid_task(5)
static CHILDREN: AtomicI32 = AtomicI32::new(-1);

/// A first process has everybody for the rest; any other only its children, of whom there is a list to read. Behind the filter nothing is opened.
pub fn open(settings: &Settings<'_>) {
    if settings.grace_ms.is_some()
        && !is_first()
        && let Ok(fd) = files::open_read(libc::AT_FDCWD, c"/proc/thread-self/children", 0, 0)
    {
        CHILDREN.store(fd, Ordering::Relaxed);
    }
}

fn is_first() -> bool {
    process::id() == 1
}

pub fn end(settings: &Settings<'_>) {
    if let Some(grace_ms) = settings.grace_ms {
        let mut told = Told::new();
        if !is_gone_within(grace_ms, || told.tell(libc::SIGTERM)) {
            is_gone_within(KILLED_MS, || Told::new().tell(libc::SIGKILL));
        }
    }
}

/// Whether nobody is left before time is over. Who becomes ours meanwhile, because its parent has ended, is told as well.
fn is_gone_within(ms: u32, mut tell: impl FnMut()) -> bool {
    let deadline = process::clock() + f64::from(ms);
    loop {
        tell();
        if is_gone() {
            return true;
        }
        let rest = deadline - process::clock();
        if rest <= 0.0 {
            return false;
        }
        // Whatever comes now, the rest has been told.
        let _ = signals::wait(signals::ALL, Some(SLICE_MS.min(rest as u32 + 1)));
    }
}

fn is_gone() -> bool {
    while let Ok((1.., _)) = process::wait(-1, libc::WNOHANG | libc::__WALL) {}
    if is_first() {
        // Also those that came from outside.
        process::kill(-1, 0) == Err(Errno::SRCH)
    } else {
        process::wait(-1, libc::WNOHANG | libc::__WALL) == Err(Errno::CHILD)
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
            for_each_child(|pid| self.tell_one(pid, signal));
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

fn for_each_child(mut work: impl FnMut(i32)) {
    let fd = CHILDREN.load(Ordering::Relaxed);
    let mut bytes = [0; 1024];
    let mut offset = 0;
    let mut pid = 0;
    if fd < 0 {
        return;
    }
    while let Ok(read @ 1..) = files::read_at_into(fd, offset, &mut bytes) {
        for &byte in &bytes[..read] {
            match byte {
                b'0'..=b'9' => pid = pid * 10 + i32::from(byte - b'0'),
                _ => {
                    if pid > 1 {
                        work(pid);
                    }
                    pid = 0;
                }
            }
        }
        offset += read as u64;
    }
}
