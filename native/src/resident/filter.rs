//! The init's last filter, which allows what its loop calls and no more.

use rustix::io::Errno;

use crate::sys::init_filter::{
    ARCHITECTURE, IF_EQUAL, LOAD, LOOP, NUMBER, OF_TERMINALS, OF_WHICH, REFUSE, RETURN, SECOND_ARGUMENT, step,
};
use crate::sys::{Result, seccomp};

const LENGTH: usize = 3 + LOOP.len() + 2 + OF_TERMINALS.len() + 2;
const PROGRAM: [libc::sock_filter; LENGTH] = program();

const fn program() -> [libc::sock_filter; LENGTH] {
    let (refuse, allow) = (LENGTH - 2, LENGTH - 1);
    let mut steps = [step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0); LENGTH];
    steps[refuse] = step(RETURN, REFUSE, 0, 0);
    steps[0] = step(LOAD, OF_WHICH, 0, 0);
    steps[1] = step(IF_EQUAL, ARCHITECTURE, 0, refuse - 2);
    steps[2] = step(LOAD, NUMBER, 0, 0);
    let mut at = 3;
    while at < 3 + LOOP.len() {
        steps[at] = step(IF_EQUAL, LOOP[at - 3] as u32, allow - at - 1, 0);
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

/// Where the kernel has none, or refuses, the workload has none to get around: what says otherwise is `is_needed`. Then why there is none.
pub fn load(is_needed: bool) -> Result<Option<Errno>> {
    match seccomp::load(&PROGRAM, 0) {
        Err(errno @ (Errno::INVAL | Errno::NOSYS | Errno::PERM | Errno::ACCESS)) if !is_needed => Ok(Some(errno)),
        result => result.map(|()| None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(number: u32, architecture: u32, second: u32) -> u32 {
        crate::sys::init_filter::tests::verdict(&PROGRAM, number, architecture, &[(SECOND_ARGUMENT, second)])
    }

    #[test]
    fn allows_what_the_loop_calls_and_nothing_else() {
        let allowed: Vec<u32> = (0..1024)
            .filter(|&number| verdict(number, ARCHITECTURE, 0) == libc::SECCOMP_RET_ALLOW)
            .collect();
        let mut expected = LOOP.map(|number| number as u32).to_vec();
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
