//! The terminal, where the workload has a process group of its own, or shares that of the init: a key that stops the workload stops a whole
//! job, to which the init belongs as well.

use super::settings::Settings;
use crate::sys::{process, signals, terminal};

const fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// The workload was stopped. What somebody has stopped by SIGSTOP stays so; a key is for the whole job.
pub fn stopped(settings: &Settings<'_>, signal: i32) {
    let is_key = [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU].contains(&signal);
    if settings.terminal < 0 || !is_key {
        return;
    }
    if settings.stops_too && stop_with(settings) {
        return;
    }
    // Nobody could ever continue it.
    if settings.is_group {
        let _ = terminal::set_foreground(settings.terminal, settings.workload);
    }
    go_on(settings);
}

/// Stops with the rest of the own group, as by the key, until the shell continues it. False where the kernel stops nobody, because there is no
/// shell. credentials(7), "orphaned process group"
fn stop_with(settings: &Settings<'_>) -> bool {
    let own = terminal::group().unwrap_or(0);
    // Others of this job, such as the rest of a pipeline; all of them have had it already where the workload shares the group.
    let whom = if settings.is_group { 0 } else { process::id() };
    let _ = process::kill(whom, libc::SIGTSTP);
    let _ = signals::set_mask(!bit(libc::SIGTSTP));
    let _ = signals::set_mask(signals::ALL);
    let was_continued = signals::wait(bit(libc::SIGCONT), Some(0)).is_ok();
    if was_continued {
        if settings.is_group && terminal::foreground(settings.terminal) == Ok(own) {
            let _ = terminal::set_foreground(settings.terminal, settings.workload);
        }
        go_on(settings);
    }
    was_continued
}

fn go_on(settings: &Settings<'_>) {
    let group = if settings.is_group {
        -settings.workload
    } else {
        settings.workload
    };
    let _ = process::kill(group, libc::SIGCONT);
}

/// What was the workload's foreground is that of who started us again.
pub fn give_back(settings: &Settings<'_>) {
    if settings.is_group
        && settings.terminal >= 0
        && terminal::foreground(settings.terminal) == Ok(settings.workload)
        && let Ok(own) = terminal::group()
    {
        let _ = terminal::set_foreground(settings.terminal, own);
    }
}
