//! What an init may call. It has the workload's user, who may trace it, and none of the walls that are around the workload: what the workload
//! makes it do must be no way around those. seccomp(2), ptrace(2)

use alloc::vec::Vec;

#[cfg(target_arch = "x86_64")]
pub const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
pub const ARCHITECTURE: u32 = 0xc000_00b7;

/// All that its loop calls.
pub const LOOP: [libc::c_long; 16] = [
    libc::SYS_rt_sigtimedwait,
    libc::SYS_wait4,
    libc::SYS_kill,
    libc::SYS_write,
    libc::SYS_close,
    libc::SYS_pread64,
    libc::SYS_getdents64,
    libc::SYS_lseek,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_clock_gettime,
    libc::SYS_getpid,
    libc::SYS_getpgid,
    libc::SYS_exit_group,
    libc::SYS_exit,
];
/// And besides what the C library and the init call until the loop begins.
pub const START: &[libc::c_long] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_arch_prctl,
    libc::SYS_set_tid_address,
    libc::SYS_read,
    libc::SYS_prctl,
    libc::SYS_rt_sigaction,
    libc::SYS_close_range,
    libc::SYS_chdir,
    libc::SYS_getppid,
    libc::SYS_capget,
    libc::SYS_capset,
    libc::SYS_seccomp,
];
/// Of a terminal: who is in its foreground, to ask and to say.
pub const OF_TERMINALS: [u32; 2] = [libc::TIOCGPGRP as u32, libc::TIOCSPGRP as u32];

pub const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
pub const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
pub const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
pub const REFUSE: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
/// Where struct seccomp_data has them; of an argument the lower half, behind which the upper one stands.
pub const NUMBER: u32 = 0;
pub const OF_WHICH: u32 = 4;
pub const SECOND_ARGUMENT: u32 = 24;
pub const FIFTH_ARGUMENT: u32 = 48;

pub const fn step(code: u16, k: u32, jt: usize, jf: usize) -> libc::sock_filter {
    libc::sock_filter {
        code,
        jt: jt as u8,
        jf: jf as u8,
        k,
    }
}

/// For a process that executes the init and becomes it, which no moment passes without a filter of. It executes what a descriptor is open on, once: the
/// path is the empty text at this address, where nothing is after the exec, and nothing can be brought to.
pub fn of_becoming(path: usize) -> Vec<libc::sock_filter> {
    let calls = LOOP.iter().chain(START);
    let length = 3 + LOOP.len() + START.len() + 2 + OF_TERMINALS.len() + 1 + 7 + 2;
    let (refuse, allow) = (length - 2, length - 1);
    let mut steps = Vec::with_capacity(length);
    let to = |from: usize, target: usize| target - from - 1;
    steps.push(step(LOAD, OF_WHICH, 0, 0));
    steps.push(step(IF_EQUAL, ARCHITECTURE, 0, to(1, refuse)));
    steps.push(step(LOAD, NUMBER, 0, 0));
    for &call in calls {
        steps.push(step(IF_EQUAL, call as u32, to(steps.len(), allow), 0));
    }
    steps.push(step(IF_EQUAL, libc::SYS_ioctl as u32, 0, OF_TERMINALS.len() + 2));
    steps.push(step(LOAD, SECOND_ARGUMENT, 0, 0));
    for request in OF_TERMINALS {
        steps.push(step(IF_EQUAL, request, to(steps.len(), allow), 0));
    }
    steps.push(step(RETURN, REFUSE, 0, 0));
    let address = path as u64;
    for (field, value) in [
        (NUMBER, libc::SYS_execveat as u32),
        (SECOND_ARGUMENT, address as u32),
        (SECOND_ARGUMENT + 4, (address >> 32) as u32),
        (FIFTH_ARGUMENT, libc::AT_EMPTY_PATH as u32),
    ] {
        if field != NUMBER {
            steps.push(step(LOAD, field, 0, 0));
        }
        steps.push(step(IF_EQUAL, value, 0, to(steps.len(), refuse)));
    }
    // The last of them that is equal goes on to here, and not to the refusal.
    if let Some(last) = steps.last_mut() {
        last.jt = 1;
    }
    steps.push(step(RETURN, REFUSE, 0, 0));
    steps.push(step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0));
    steps
}

#[cfg(test)]
#[path = "init_filter_tests.rs"]
pub mod tests;
