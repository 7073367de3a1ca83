//! A filter of its own. The init has the workload's user, who may trace it, and none of the walls that are around the workload: what the
//! workload makes it do must be no way around those. seccomp(2), ptrace(2)

use rustix::io::Errno;

use crate::sys::{Result, seccomp};

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// All that the loop calls.
const ALLOWED: [libc::c_long; 16] = [
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
/// Of a terminal: who is in its foreground, to ask and to say.
const OF_TERMINALS: [u32; 2] = [libc::TIOCGPGRP as u32, libc::TIOCSPGRP as u32];

const LENGTH: usize = 3 + ALLOWED.len() + 2 + OF_TERMINALS.len() + 2;
const PROGRAM: [libc::sock_filter; LENGTH] = program();

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
/// Where struct seccomp_data has them; of an argument the lower half.
const NUMBER: u32 = 0;
const OF_WHICH: u32 = 4;
const SECOND_ARGUMENT: u32 = 24;

const fn step(code: u16, k: u32, jt: usize, jf: usize) -> libc::sock_filter {
    libc::sock_filter {
        code,
        jt: jt as u8,
        jf: jf as u8,
        k,
    }
}

const fn program() -> [libc::sock_filter; LENGTH] {
    let (refuse, allow) = (LENGTH - 2, LENGTH - 1);
    let mut steps = [step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0); LENGTH];
    steps[refuse] = step(RETURN, libc::SECCOMP_RET_ERRNO | libc::EPERM as u32, 0, 0);
    steps[0] = step(LOAD, OF_WHICH, 0, 0);
    steps[1] = step(IF_EQUAL, ARCHITECTURE, 0, refuse - 2);
    steps[2] = step(LOAD, NUMBER, 0, 0);
    let mut at = 3;
    while at < 3 + ALLOWED.len() {
        steps[at] = step(IF_EQUAL, ALLOWED[at - 3] as u32, allow - at - 1, 0);
        at += 1;
    }
    steps[at] = step(IF_EQUAL, libc::SYS_ioctl as u32, 0, refuse - at - 1);
    steps[at + 1] = step(LOAD, SECOND_ARGUMENT, 0, 0);
    at += 2;
    let first = at;
    while at < first + OF_TERMINALS.len() {
        steps[at] = step(IF_EQUAL, OF_TERMINALS[at - first], allow - at - 1, 0);
        at += 1;
    }
    // The last of them that is none goes on to the refusal.
    steps
}

/// Where the kernel has none, or refuses, the workload has none to get around: what says otherwise is `is_needed`.
pub fn load(is_needed: bool) -> Result<()> {
    match seccomp::load(&PROGRAM, 0) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::PERM | Errno::ACCESS) if !is_needed => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the kernel does it, for the instructions that are used.
    fn verdict(number: u32, architecture: u32, second: u32) -> u32 {
        let (mut at, mut value) = (0, 0);
        loop {
            let step = PROGRAM[at];
            at += 1;
            match step.code {
                LOAD => {
                    value = match step.k {
                        NUMBER => number,
                        OF_WHICH => architecture,
                        SECOND_ARGUMENT => second,
                        other => panic!("{other}"),
                    }
                }
                IF_EQUAL => at += usize::from(if value == step.k { step.jt } else { step.jf }),
                RETURN => return step.k,
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn allows_what_the_loop_calls_and_nothing_else() {
        let allowed: Vec<u32> = (0..1024)
            .filter(|&number| verdict(number, ARCHITECTURE, 0) == libc::SECCOMP_RET_ALLOW)
            .collect();
        let mut expected = ALLOWED.map(|number| number as u32).to_vec();
        expected.sort_unstable();
        assert_eq!(allowed, expected);
    }

    #[test]
    fn knows_two_calls_of_terminals() {
        let ioctl = libc::SYS_ioctl as u32;
        let refused = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
        assert_eq!(
            [libc::TIOCGPGRP, libc::TIOCSPGRP, libc::TIOCSTI, libc::TIOCSCTTY, 0].map(|request| verdict(
                ioctl,
                ARCHITECTURE,
                request as u32
            ) == refused),
            [false, false, true, true, true]
        );
    }

    #[test]
    fn knows_one_architecture() {
        let refused = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
        let write = libc::SYS_write as u32;
        // AUDIT_ARCH_I386, and the bit of x32.
        assert_eq!(
            [
                verdict(write, 0x4000_0003, 0),
                verdict(write | 0x4000_0000, ARCHITECTURE, 0)
            ],
            [refused, refused]
        );
    }
}
