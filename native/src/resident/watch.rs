//! The loop: one signal after another, and everybody who has ended.

use rustix::io::Errno;

use super::forward::Forward;
use super::settings::Settings;
use super::{rest, terminal};
use crate::sys::{process, signals};

/// Children of any kind, also those that send no SIGCHLD when they end, and those that were stopped. waitpid(2)
const HOW: i32 = libc::WNOHANG | libc::WUNTRACED | libc::__WALL;

/// In front of a text for a workload that has not ended in good order.
const OF_CRASHES: &[u8] = b"\x04";
const CRASHES: [i32; 10] = [
    libc::SIGXCPU,
    libc::SIGXFSZ,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGABRT,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGKILL,
    libc::SIGSEGV,
    libc::SIGSYS,
];

/// What ends with the workload's own status, 128 and the number of a signal, and what is written for that instead.
pub fn until_the_end(settings: &Settings<'_>) -> i32 {
    let mut forward = Forward::new(settings);
    // It may have ended before there was anybody to be told.
    let mut ended = reap(settings, &mut forward);
    let status = loop {
        if let Some(status) = ended {
            break status;
        }
        ended = match signals::wait(signals::ALL, None) {
            Ok(came) if came.number == libc::SIGCHLD => reap(settings, &mut forward),
            Ok(came) => {
                forward.pass(&came);
                None
            }
            // A stop and its end interrupt it as well.
            Err(_) => None,
        };
    };
    terminal::give_back(settings);
    if settings.at_end != 0 {
        let _ = process::kill(-settings.workload, settings.at_end);
    }
    rest::end(settings);
    let own = match libc::WIFSIGNALED(status) {
        true => 128 + libc::WTERMSIG(status),
        false => libc::WEXITSTATUS(status),
    };
    let (text, number) = match libc::WIFSIGNALED(status) {
        true => (settings.texts.killed, libc::WTERMSIG(status)),
        false => (settings.texts.ended, own),
    };
    match text.strip_prefix(OF_CRASHES) {
        Some(text) if CRASHES.contains(&number) => settings.say(text, settings.workload, number),
        Some(_) => {}
        None => settings.say(text, settings.workload, number),
    }
    settings
        .statuses
        .get(usize::try_from(own).unwrap_or(0))
        .map_or(own, |&status| i32::from(status))
}

/// Everybody who has ended: SIGCHLD comes once for many. The wait status of the workload where it is among them.
fn reap(settings: &Settings<'_>, forward: &mut Forward<'_>) -> Option<i32> {
    let mut ended = None;
    loop {
        match process::wait(-1, HOW) {
            Ok((0, _)) => return ended,
            Ok((pid, status)) if libc::WIFSTOPPED(status) => {
                if pid == settings.workload {
                    terminal::stopped(settings, libc::WSTOPSIG(status));
                }
            }
            Ok((pid, status)) if pid == settings.workload => ended = Some(status),
            Ok((pid, status)) => told(settings, forward, pid, status),
            Err(Errno::INTR) => {}
            // The workload is our child as long as it has not been waited for.
            Err(_) => return ended,
        }
    }
}

fn told(settings: &Settings<'_>, forward: &mut Forward<'_>, pid: i32, status: i32) {
    let number = match libc::WIFSIGNALED(status) {
        true => 128 + libc::WTERMSIG(status),
        false => libc::WEXITSTATUS(status),
    };
    match settings.daemons.iter().find(|daemon| daemon.pid == pid) {
        Some(daemon) => {
            settings.say(daemon.text, pid, number);
            if daemon.ends_all {
                forward.send(libc::SIGTERM);
            }
        }
        None => settings.say(settings.texts.reaped, pid, number),
    }
}
