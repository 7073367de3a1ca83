//! What comes from outside goes on to the workload.

use rustix::io::Errno;

use super::settings::Settings;
use crate::sys::{process, signals::Signal};

/// What a terminal sends it sends to everybody in its foreground. sigaction(2)
const SI_KERNEL: i32 = 0x80;

pub struct Forward<'settings> {
    settings: &'settings Settings<'settings>,
    has_complained: bool,
}

impl<'settings> Forward<'settings> {
    pub fn new(settings: &'settings Settings<'settings>) -> Self {
        Self {
            settings,
            has_complained: false,
        }
    }

    pub fn pass(&mut self, came: &Signal) {
        let settings = self.settings;
        let number = usize::try_from(came.number).unwrap_or(0);
        let instead = i32::from(settings.signals.get(number).copied().unwrap_or(0));
        // In a group that both are in, the workload has it already.
        let is_told = settings.is_shared && came.code == SI_KERNEL;
        if instead != 0 && !is_told {
            settings.say(settings.texts.forwarded, settings.workload, instead);
            self.send(instead);
        }
        // Who continues it sends SIGCONT, which goes on as well.
        if settings.stops_itself >> (came.number - 1) & 1 != 0 {
            let _ = process::kill(process::id(), libc::SIGSTOP);
        }
    }

    /// A signal that is refused ends nothing. One that finds nobody has come too late, or too early for a group.
    pub fn send(&mut self, signal: i32) {
        let settings = self.settings;
        let to_group = settings.to_group && !settings.is_shared;
        let sent = match to_group {
            true => process::kill(-settings.workload, signal),
            false => Err(Errno::SRCH),
        };
        let sent = match sent {
            Err(Errno::SRCH) => process::kill(settings.workload, signal),
            sent => sent,
        };
        if sent == Err(Errno::PERM) && !self.has_complained {
            self.has_complained = true;
            settings.say(settings.texts.refused, settings.workload, signal);
        }
    }
}
