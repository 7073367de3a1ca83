//! The process itself and its children.

use alloc::ffi::CString;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::marker::PhantomData;
use rustix::fd::RawFd;

use rustix::event::{PollFd, PollFlags};
use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::process::{self, Pid, PidfdFlags};
use rustix::thread::ClockId;

use super::fd::{borrow, release};
use super::{Result, check, is_missing};

pub fn id() -> i32 {
    process::getpid().as_raw_nonzero().get()
}

pub fn parent_id() -> i32 {
    Pid::as_raw(process::getppid())
}

pub fn exit(status: i32) -> ! {
    // SAFETY: ends the process at once; nothing of the C library is left to flush.
    unsafe { libc::_exit(status) }
}

/// As `exit`, behind a filter that may refuse to let a process end, too.
pub fn exit_anyhow(status: i32) -> ! {
    // SAFETY: no pointers. Each of them ends the only thread, and abort(3) ends in a fault when nothing else is left to it.
    unsafe {
        libc::syscall(libc::SYS_exit_group, status);
        libc::syscall(libc::SYS_exit, status);
        libc::abort()
    }
}

/// One write, whatever comes of it.
pub fn say(fd: RawFd, text: &[u8]) {
    // SAFETY: the kernel reads at most the given number of bytes, all of them in a slice that outlives the call.
    unsafe { libc::syscall(libc::SYS_write, fd, text.as_ptr(), text.len()) };
}

/// Soft and hard.
pub fn limit(resource: u32) -> Result<(u64, u64)> {
    let mut now = libc::rlimit64 {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the kernel writes one rlimit64 to a variable of this frame; no new limit is given.
    let read = check(unsafe {
        libc::syscall(
            libc::SYS_prlimit64,
            0,
            resource,
            core::ptr::null::<libc::rlimit64>(),
            &raw mut now,
        )
    });
    match read {
        // SAFETY: as above; the structure is the same on 64 bits.
        Err(errno) if is_missing(errno) => check(unsafe { libc::syscall(libc::SYS_getrlimit, resource, &raw mut now) }),
        result => result,
    }?;
    Ok((now.rlim_cur, now.rlim_max))
}

pub fn set_limit(resource: u32, soft: u64, hard: u64) -> Result<i32> {
    let new = libc::rlimit64 {
        rlim_cur: soft,
        rlim_max: hard,
    };
    // SAFETY: the kernel reads one rlimit64 that outlives the call.
    let set = check(unsafe {
        libc::syscall(
            libc::SYS_prlimit64,
            0,
            resource,
            &raw const new,
            core::ptr::null_mut::<libc::rlimit64>(),
        )
    });
    match set {
        // SAFETY: as above; the structure is the same on 64 bits.
        Err(errno) if is_missing(errno) => {
            check(unsafe { libc::syscall(libc::SYS_setrlimit, resource, &raw const new) })
        }
        result => result,
    }
    .map(|_| 0)
}

/// 0 to 39, where 20 is the nice value 0.
pub fn niceness() -> Result<i32> {
    process::getpriority_process(None).map(|nice| nice + 20)
}

pub fn set_niceness(nice: i32) -> Result<i32> {
    process::setpriority_process(None, nice).map(|()| 0)
}

pub fn join_session_keyring() -> Result<i32> {
    const KEYCTL_JOIN_SESSION_KEYRING: libc::c_int = 1;
    // SAFETY: a null name asks for an anonymous keyring; nothing is read or written.
    check(unsafe {
        libc::syscall(
            libc::SYS_keyctl,
            KEYCTL_JOIN_SESSION_KEYRING,
            core::ptr::null::<libc::c_char>(),
        )
    })
    .map(|_| 0)
}

pub fn set_umask(mask: u32) -> u32 {
    process::umask(Mode::from_raw_mode(mask)).as_raw_mode()
}

/// umask(2) can only be read by setting it; with one thread nobody sees the moment between.
pub fn umask() -> u32 {
    let mask = set_umask(0o077);
    set_umask(mask);
    mask
}

pub fn change_directory(path: &CStr) -> Result<i32> {
    process::chdir(path).map(|()| 0)
}

pub fn change_root(path: &CStr) -> Result<i32> {
    process::chroot(path).map(|()| 0)
}

pub fn working_directory() -> Result<CString> {
    process::getcwd(Vec::new())
}

pub fn processors() -> u32 {
    // For 8192 processors, the most that Linux can be built for; rustix has room for 1024.
    let mut mask = [0_u64; 128];
    // SAFETY: the kernel writes at most the given number of bytes, all of them in an array of this frame.
    let written = unsafe { libc::syscall(libc::SYS_sched_getaffinity, 0, size_of_val(&mask), mask.as_mut_ptr()) };
    if written < 0 {
        1
    } else {
        mask.iter().map(|word| word.count_ones()).sum()
    }
}

/// Milliseconds of the monotonic clock.
pub fn clock() -> f64 {
    milliseconds(ClockId::Monotonic)
}

/// Milliseconds of the clock with this number.
pub fn time_of(clock: i32) -> Result<f64> {
    ClockId::try_from(clock).map(milliseconds).map_err(|_| Errno::INVAL)
}

/// Milliseconds since the epoch, where the vDSO or one call says it.
pub fn now() -> u64 {
    let now = rustix::time::clock_gettime(ClockId::Realtime);
    now.tv_sec.cast_unsigned() * 1000 + now.tv_nsec.cast_unsigned() / 1_000_000
}

fn milliseconds(clock: ClockId) -> f64 {
    let now = rustix::time::clock_gettime(clock);
    now.tv_sec as f64 * 1000.0 + now.tv_nsec as f64 / 1_000_000.0
}

/// sysname, nodename, release, version, machine.
pub fn system_names() -> [Vec<u8>; 5] {
    let names = rustix::system::uname();
    [
        names.sysname(),
        names.nodename(),
        names.release(),
        names.version(),
        names.machine(),
    ]
    .map(|name| name.to_bytes().to_vec())
}

pub fn set_host_name(name: &[u8]) -> Result<i32> {
    rustix::system::sethostname(name).map(|()| 0)
}

pub fn pipe() -> Result<(i32, i32)> {
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    Ok((release(read), release(write)))
}

/// 0 in the child.
pub fn fork() -> Result<i32> {
    // SAFETY: the process has one thread, so the child finds every lock and the whole engine as it left them.
    check(i64::from(unsafe { libc::fork() })).map(|pid| pid as i32)
}

/// What a program is given, laid out for the kernel: to try one takes no memory any more.
pub struct Given<'strings> {
    argv: Vec<*const libc::c_char>,
    envp: Vec<*const libc::c_char>,
    _strings: PhantomData<&'strings CString>,
}

impl<'strings> Given<'strings> {
    pub fn new(arguments: &'strings [CString], environment: &'strings [CString]) -> Self {
        let pointers = |strings: &[CString]| {
            let each = strings.iter().map(|each| each.as_ptr());
            each.chain([core::ptr::null()]).collect()
        };
        Self {
            argv: pointers(arguments),
            envp: pointers(environment),
            _strings: PhantomData,
        }
    }

    /// In the place of one that was given: it has to live until the program is executed.
    pub fn set_variable(&mut self, index: usize, entry: *const libc::c_char) {
        if let Some(place) = self.envp.get_mut(index).filter(|place| !place.is_null()) {
            *place = entry;
        }
    }

    pub fn arrays(&self) -> (*const *const libc::c_char, *const *const libc::c_char) {
        (self.argv.as_ptr(), self.envp.as_ptr())
    }

    /// The same for what a descriptor is open on, or a path from it.
    pub fn execute_at(&self, fd: RawFd, path: &CStr) -> Errno {
        let flags = if path.is_empty() { libc::AT_EMPTY_PATH } else { 0 };
        let (path, argv, envp) = (path.as_ptr(), self.argv.as_ptr(), self.envp.as_ptr());
        // SAFETY: as in `execute`.
        check(unsafe { libc::syscall(libc::SYS_execveat, fd, path, argv, envp, flags) })
            .err()
            .unwrap_or(Errno::IO)
    }

    /// Comes back only with the reason why not.
    pub fn execute(&self, path: &CStr) -> Errno {
        // SAFETY: path and both null-terminated arrays point to C strings that outlive the call; the kernel copies them.
        let result = unsafe { libc::syscall(libc::SYS_execve, path.as_ptr(), self.argv.as_ptr(), self.envp.as_ptr()) };
        check(result).err().unwrap_or(Errno::IO)
    }
}

/// Pid and wait status; zeros when WNOHANG found nothing. EINTR is for the caller, who waits for signals as well.
pub fn wait(pid: i32, options: i32) -> Result<(i32, i32)> {
    let mut status: libc::c_int = 0;
    let no_usage = core::ptr::null_mut::<libc::rusage>();
    // SAFETY: the kernel writes one int to a variable of this frame; usage is not asked for. rustix takes pid 0 for -1.
    let ended = check(unsafe { libc::syscall(libc::SYS_wait4, pid, &raw mut status, options, no_usage) })?;
    Ok((ended as i32, status))
}

pub fn kill(pid: i32, signal: i32) -> Result<i32> {
    // SAFETY: no pointers. Signal 0 and negative pids are part of the call's meaning.
    check(unsafe { libc::syscall(libc::SYS_kill, pid, signal) }).map(|_| 0)
}

pub fn open_pidfd(pid: i32) -> Result<i32> {
    let pid = (pid > 0).then(|| Pid::from_raw(pid)).flatten().ok_or(Errno::INVAL)?;
    process::pidfd_open(pid, PidfdFlags::empty()).map(release)
}

/// As /proc/self/comm has it. PR_SET_NAME(2const)
pub fn set_name(name: &CStr) {
    // SAFETY: the kernel reads a C string that outlives the call.
    unsafe { libc::syscall(libc::SYS_prctl, libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0) };
}

pub fn new_session() -> Result<i32> {
    process::setsid().map(|pid| Pid::as_raw(Some(pid)))
}

/// Whether orphans below become children of this process.
/// 1 where orphans below become children of this process.
pub fn subreaper() -> Result<i32> {
    let mut is_one: libc::c_int = 0;
    // SAFETY: the kernel writes one int to a variable of this frame.
    check(unsafe { libc::syscall(libc::SYS_prctl, libc::PR_GET_CHILD_SUBREAPER, &raw mut is_one, 0, 0, 0) })?;
    Ok(is_one)
}

pub fn set_subreaper(is_one: bool) -> Result<i32> {
    let flag = libc::c_ulong::from(is_one);
    // SAFETY: no pointers.
    check(unsafe { libc::syscall(libc::SYS_prctl, libc::PR_SET_CHILD_SUBREAPER, flag, 0, 0, 0) }).map(|_| 0)
}

pub fn unshare(flags: u32) -> Result<i32> {
    // SAFETY: no pointers. The descriptor table may be unshared as well: nothing else shares it.
    check(unsafe { libc::syscall(libc::SYS_unshare, flags) }).map(|_| 0)
}

/// Ready events in the order given; empty when time was over. EINTR is for the caller, who knows the deadline.
pub fn poll(requests: &[(RawFd, u16)], timeout_ms: i32) -> Result<Vec<u16>> {
    let mut watched = requests
        .iter()
        .map(|&(fd, events)| {
            Ok(PollFd::from_borrowed_fd(
                borrow(fd)?,
                PollFlags::from_bits_retain(events),
            ))
        })
        .collect::<Result<Vec<_>>>()?;
    let timeout = (timeout_ms >= 0).then(|| rustix::time::Timespec {
        tv_sec: i64::from(timeout_ms / 1000),
        tv_nsec: i64::from(timeout_ms % 1000) * 1_000_000,
    });
    let ready = rustix::event::poll(&mut watched, timeout.as_ref())?;
    Ok(if ready == 0 {
        Vec::new()
    } else {
        watched.iter().map(|each| each.revents().bits()).collect()
    })
}
