//! The process, its signals and its children.

use alloc::ffi::CString;
use alloc::vec::Vec;

use rustix::io::Errno;

use crate::border::{Bits, Bytes, Function, Unsigned, int, list, texts};
use crate::sys::{parting, process as calls, seccomp, signals, spawn, start, terminal};

/// What stands in front of a program, and what is said behind it, as `LoadFirst` of native.ts has it.
struct LoadFirst {
    program: Vec<libc::sock_filter>,
    numbers: Vec<i32>,
    texts: Vec<CString>,
}

impl LoadFirst {
    fn load(&self) -> Result<(), Errno> {
        let [flags, optional, ..] = self.numbers[..] else {
            return Err(Errno::INVAL);
        };
        match seccomp::load(&self.program, flags | optional) {
            Err(Errno::INVAL) if optional != 0 => seccomp::load(&self.program, flags),
            result => result,
        }
    }

    /// Of the candidate that decides: the first that was not passed over, or the first. Comes back where nothing is to be said.
    fn say(&self, refusals: &[i32], passed_over: &[i32]) {
        let [_, _, fd, status, ref codes @ ..] = self.numbers[..] else {
            return;
        };
        let decides = |refusal: &i32| !passed_over.contains(&-refusal);
        let candidate = refusals.iter().position(decides).unwrap_or(0);
        let known = codes.iter().position(|code| refusals.get(candidate) == Some(&-code));
        let text = candidate * (codes.len() + 1) + known.unwrap_or(codes.len());
        if let Some(text) = self.texts.get(text) {
            calls::say(fd, text.as_bytes());
        }
        calls::exit_anyhow(status)
    }
}

pub const READS: &[Function] = &[
    Function::new(c"argv", |a| a.give(texts(start::arguments()))),
    Function::new(c"environ", |a| a.give(texts(start::environment()))),
    Function::new(c"executedAs", |a| a.give(Bytes(start::executed_as()))),
    Function::new(c"atSecure", |a| a.give(start::is_secure())),
    Function::new(c"getpid", |a| a.give(calls::id())),
    Function::new(c"getppid", |a| a.give(calls::parent_id())),
    Function::new(c"getpriority", |a| a.give(calls::niceness()?)),
    Function::new(c"getrlimit", |a| {
        let (soft, hard) = calls::limit(a.int(0)?)?;
        a.give(vec![Bits(soft), Bits(hard)])
    }),
    Function::new(c"getUmask", |a| a.give(Unsigned(calls::umask()))),
    Function::new(c"sigDisposition", |a| a.give(signals::disposition(a.int(0)?)?)),
    Function::new(c"sigPending", |a| a.give(Bits(signals::pending()?))),
    Function::new(c"getChildSubreaper", |a| a.give(calls::subreaper()?)),
    Function::new(c"heldMask", |a| a.give(start::held_mask().map(Bits))),
    Function::new(c"getsid", |a| a.give(terminal::session()?)),
    Function::new(c"getpgid", |a| a.give(terminal::group()?)),
    Function::new(c"foregroundOf", |a| a.give(terminal::foreground(a.int(0)?)?)),
    Function::new(c"windowColumns", |a| a.give(terminal::columns(a.int(0)?)?)),
    Function::new(c"uname", |a| a.give(texts(calls::system_names()))),
    Function::new(c"getcwd", |a| a.give(Bytes(calls::working_directory()?.into_bytes()))),
    Function::new(c"cpuCount", |a| a.give(Unsigned(calls::processors()))),
    Function::new(c"clock", |a| a.give(calls::clock())),
    Function::new(c"clockGettime", |a| a.give(calls::time_of(a.int(0)?)?)),
    Function::new(c"poll", |a| {
        let requests = a.list(0, |pair| match list(pair, int::<i32>)?.as_slice() {
            &[fd, events] => Ok((fd, u16::try_from(events).map_err(|_| Errno::INVAL)?)),
            _ => Err(Errno::INVAL.into()),
        })?;
        a.give(calls::poll(&requests, a.milliseconds(1)?)?)
    }),
];

pub const ACTS: &[Function] = &[
    Function::new(c"exit", |a| calls::exit(a.int(0)?)),
    Function::new(c"setrlimit", |a| {
        a.give(calls::set_limit(a.int(0)?, a.bits(1)?, a.bits(2)?)?)
    }),
    Function::new(c"setpriority", |a| a.give(calls::set_niceness(a.int(0)?)?)),
    Function::new(c"joinSessionKeyring", |a| a.give(calls::join_session_keyring()?)),
    Function::new(c"umask", |a| a.give(Unsigned(calls::set_umask(a.int(0)?)))),
    Function::new(c"chdir", |a| a.give(calls::change_directory(&a.c_string(0)?)?)),
    Function::new(c"chroot", |a| a.give(calls::change_root(&a.c_string(0)?)?)),
    Function::new(c"sigDefault", |a| a.give(signals::set_default(a.int(0)?)?)),
    Function::new(c"sigDefaultAll", |a| a.give(signals::default_all()?)),
    Function::new(c"sigmask", |a| a.give(Bits(signals::set_mask(a.bits(0)?)?))),
    Function::new(c"unshare", |a| a.give(calls::unshare(a.int(0)?)?)),
    Function::new(c"sethostname", |a| a.give(calls::set_host_name(&a.bytes(0)?)?)),
];

pub const CHILDREN: &[Function] = &[
    Function::new(c"pipe", |a| {
        let (read, write) = calls::pipe()?;
        a.give(vec![read, write])
    }),
    Function::new(c"fork", |a| a.give(calls::fork()?)),
    Function::new(c"execve", |a| {
        let (paths, argv, environment) = (a.c_strings(0)?, a.c_strings(1)?, a.c_strings(2)?);
        let passed_over = a.list(3, int::<i32>)?;
        let first = match a.value(4).is_undefined() {
            true => None,
            false => Some(LoadFirst {
                program: seccomp::decode(&a.bytes(4)?)?,
                numbers: a.list(5, int::<i32>)?,
                texts: a.c_strings(6)?,
            }),
        };
        let given = calls::Given::new(&argv, &environment);
        let mut answer = Vec::with_capacity(1 + paths.len());
        // From the load on, nothing is asked of the kernel but the programs: any other call may end this process.
        if let Some(first) = &first {
            let loaded = first.load();
            answer.push(loaded.map_or_else(|errno| -errno.raw_os_error(), |()| 0));
            if loaded.is_err() {
                return a.give(answer);
            }
        }
        let tried = answer.len();
        for path in &paths {
            let refusal = given.execute(path).raw_os_error();
            answer.push(-refusal);
            if !passed_over.contains(&refusal) {
                break;
            }
        }
        if let Some(first) = &first {
            first.say(&answer[tried..], &passed_over);
        }
        a.give(answer)
    }),
    Function::new(c"spawn", |a| {
        let (paths, argv, environment) = (a.c_strings(0)?, a.c_strings(1)?, a.c_strings(2)?);
        let passed_over = a.list(3, int::<i32>)?;
        let numbers = a.list(4, int::<i32>)?;
        let &[place, terminal, is_foreground, resets_signals, death, own] = numbers.as_slice() else {
            return Err(Errno::INVAL.into());
        };
        let mut spawn = spawn::Spawn {
            given: calls::Given::new(&argv, &environment),
            candidates: &paths,
            passed_over: &passed_over,
            place: match place {
                0 => spawn::Place::Shared,
                1 => spawn::Place::Group,
                _ => spawn::Place::Session,
            },
            terminal,
            is_foreground: is_foreground != 0,
            resets_signals: resets_signals != 0,
            mask: a.bits(5)?,
            parent_death_signal: death.unsigned_abs(),
            own_number: usize::try_from(own).ok(),
            outcome: spawn::Outcome::default(),
        };
        let pid = spawn::run(&mut spawn)?;
        let spawn::Outcome {
            is_refused,
            failed,
            refusals,
        } = spawn.outcome;
        match failed {
            Some(errno) => Err(errno.into()),
            None if is_refused => a.give(refusals.iter().map(|errno| -errno).collect::<Vec<i32>>()),
            None => a.give(vec![pid]),
        }
    }),
    Function::new(c"waitpid", |a| {
        let (pid, status) = calls::wait(a.int(0)?, a.int(1)?)?;
        a.give(vec![pid, status])
    }),
    Function::new(c"kill", |a| a.give(calls::kill(a.int(0)?, a.int(1)?)?)),
    Function::new(c"pidfdOpen", |a| a.give(calls::open_pidfd(a.int(0)?)?)),
    Function::new(c"part", |a| {
        parting::part(parting::Becoming {
            program: a.int(0)?,
            argv: a.c_strings(1)?,
            environment: a.c_strings(2)?,
            pid_at: usize::try_from(a.int::<i32>(3)?).ok(),
            told: a.int(4)?,
            text: a.bytes(5)?,
            settings: (a.int(6)?, a.int(7)?),
            ready: (a.int(8)?, a.int(9)?),
            list: (a.int(10)?, a.int(11)?),
            filter: a.int(12)?,
        })?;
        a.give(0)
    }),
    Function::new(c"execveat", |a| {
        let (path, argv, environment) = (a.c_string(1)?, a.c_strings(2)?, a.c_strings(3)?);
        let given = calls::Given::new(&argv, &environment);
        a.give(-given.execute_at(a.int(0)?, &path).raw_os_error())
    }),
    Function::new(c"setpgid", |a| a.give(terminal::set_group(a.int(0)?, a.int(1)?)?)),
    Function::new(c"setForeground", |a| {
        a.give(terminal::set_foreground(a.int(0)?, a.int(1)?)?)
    }),
    Function::new(c"takeTerminal", |a| a.give(terminal::take(a.int(0)?)?)),
    Function::new(c"leaveTerminal", |a| a.give(terminal::leave(a.int(0)?)?)),
    Function::new(c"setsid", |a| a.give(calls::new_session()?)),
    Function::new(c"setChildSubreaper", |a| a.give(calls::set_subreaper(a.flag(0)?)?)),
];
