//! The init that stays beside the workload: this program, executed once more, without an engine, a heap, a configuration or anything of the
//! environment but the workload's own. It words nothing and decides nothing: what it does with what comes is in its settings.

mod filter;
mod forward;
mod proof;
mod rest;
mod settings;
mod terminal;
mod watch;

use core::ffi::CStr;

use rustix::io::Errno;

use crate::sys::{Result, fd, files, process, signals, start};
use settings::{Buffer, Settings};

/// By which name it is executed.
const NAME: &CStr = c"abdicate-init";
/// Where its descriptors are: what it reads its settings from, and what it says to that it is ready.
const SETTINGS: i32 = 3;
const READY: i32 = 4;
/// Of whom there may be left, where that is asked for.
const LIST: i32 = 5;
const FAILED: i32 = 125;

pub fn is_meant() -> bool {
    start::name() == NAME
}

/// Until the workload has ended, and with its status.
pub fn live() -> ! {
    let mut buffer = Buffer::new();
    if start::is_secure() {
        process::say(2, b"abdicate: error[SETUID_BINARY] this program was installed setuid, setgid or with file capabilities, and refuses to run so\n");
        process::exit(FAILED);
    }
    // Nobody but this program has a use for it.
    if files::read_into(SETTINGS, &mut buffer.bytes).is_err() {
        process::say(2, b"abdicate: internal error: nothing to watch over was given\n");
        process::exit(FAILED);
    }
    let Some(settings) = Settings::parse(&buffer) else {
        process::say(2, b"abdicate: internal error: the settings cannot be read\n");
        process::exit(FAILED);
    };
    if let Err(errno) = prepare(&settings) {
        settings.say(settings.texts.failed, settings.workload, errno.raw_os_error());
        // It never runs, and has nothing to tell.
        process::say(READY, b"0");
        let _ = fd::close(READY);
        let _ = process::wait(settings.workload, 0);
        process::exit(FAILED);
    }
    let status = watch::until_the_end(&settings);
    process::exit(status)
}

/// Everything that is not needed is given up, looked at, and only then the workload goes on.
fn prepare(settings: &Settings<'_>) -> Result<()> {
    process::set_name(CStr::from_bytes_until_nul(settings.texts.name).unwrap_or(NAME));
    signals::set_mask(signals::ALL)?;
    // A child of a process that ignores it would leave without a trace; and what a terminal stops has to be stopped with it.
    for each in [libc::SIGCHLD, libc::SIGTSTP] {
        signals::set_default(each)?;
    }
    fd::close(SETTINGS)?;
    close_others(settings)?;
    // Where the user may not be, it stays where it is: nothing is lost but a directory that is held.
    let _ = process::change_directory(c"/");
    if settings.is_subreaper {
        // A kernel without them, as older gVisor, has no orphans for us.
        match process::set_subreaper(true) {
            Err(errno) if errno != Errno::INVAL => return Err(errno),
            _ => {}
        }
    }
    settings.watch_parent()?;
    if !settings.keeps_privilege {
        proof::give_up(settings)?;
    }
    if !settings.keeps_privilege
        && let Some(errno) = filter::load(settings.needs_filter)?
    {
        settings.say(settings.texts.unfiltered, settings.workload, errno.raw_os_error());
    }
    // The other end is gone where the workload has failed: that is told by its status. SIGPIPE is blocked.
    process::say(READY, b"1");
    // From here on it runs: nothing can fail any more.
    let _ = fd::close(READY);
    Ok(())
}

fn close_others(settings: &Settings<'_>) -> Result<()> {
    let first = if settings.has_list { LIST } else { READY } as u32 + 1;
    match fd::close_range_at_once(first) {
        // What has no filter may look for them.
        Err(_) if settings.keeps_privilege => fd::close_range(first, i32::MAX as u32).map(|_| ()),
        // All others were closed by the exec.
        Err(Errno::NOSYS | Errno::PERM) => Ok(()),
        result => result,
    }
}
