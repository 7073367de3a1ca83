use super::*;

/// As the kernel does it, for the instructions that are used; arguments as pairs of their field and value.
pub fn verdict(program: &[libc::sock_filter], number: u32, architecture: u32, arguments: &[(u32, u32)]) -> u32 {
    let (mut at, mut value) = (0, 0);
    loop {
        let step = program[at];
        at += 1;
        match step.code {
            LOAD => {
                value = match step.k {
                    NUMBER => number,
                    OF_WHICH => architecture,
                    field => arguments
                        .iter()
                        .find(|(each, _)| *each == field)
                        .map_or(0, |(_, value)| *value),
                }
            }
            IF_EQUAL => at += usize::from(if value == step.k { step.jt } else { step.jf }),
            RETURN => return step.k,
            other => panic!("{other}"),
        }
    }
}

const PATH: usize = 0x7fff_1234_5000;

#[test]
fn what_becomes_an_init_may_call_what_that_takes() {
    let program = of_becoming(PATH);
    let allowed: Vec<u32> = (0..1024)
        .filter(|&number| verdict(&program, number, ARCHITECTURE, &[]) == libc::SECCOMP_RET_ALLOW)
        .collect();
    let mut expected: Vec<u32> = LOOP.iter().chain(START).map(|&number| number as u32).collect();
    expected.sort_unstable();
    assert_eq!(allowed, expected);
    for call in [
        libc::SYS_openat,
        libc::SYS_socket,
        libc::SYS_connect,
        libc::SYS_mmap,
        libc::SYS_mprotect,
        libc::SYS_brk,
        libc::SYS_clone,
        libc::SYS_execve,
        libc::SYS_unshare,
        libc::SYS_ptrace,
    ] {
        assert!(!expected.contains(&(call as u32)));
    }
}

#[test]
fn what_becomes_an_init_executes_once_what_it_has_open() {
    let program = of_becoming(PATH);
    let execute = |low, high, flags| {
        let arguments = [
            (SECOND_ARGUMENT, low),
            (SECOND_ARGUMENT + 4, high),
            (FIFTH_ARGUMENT, flags),
        ];
        verdict(&program, libc::SYS_execveat as u32, ARCHITECTURE, &arguments) == libc::SECCOMP_RET_ALLOW
    };
    let (low, high, flags) = (0x1234_5000, 0x7fff, libc::AT_EMPTY_PATH as u32);
    assert!(execute(low, high, flags));
    assert!(!execute(low + 1, high, flags));
    assert!(!execute(low, high + 1, flags));
    assert!(!execute(low, high, 0));
    assert!(!execute(low, high, flags | libc::AT_SYMLINK_NOFOLLOW as u32));
    let of_others = verdict(&program, libc::SYS_write as u32, 0x4000_0003, &[]);
    assert_eq!(of_others, REFUSE);
}

#[test]
fn what_becomes_an_init_knows_two_calls_of_terminals() {
    let program = of_becoming(PATH);
    let answers = [libc::TIOCGPGRP, libc::TIOCSPGRP, libc::TIOCSTI, 0].map(|request| {
        verdict(
            &program,
            libc::SYS_ioctl as u32,
            ARCHITECTURE,
            &[(SECOND_ARGUMENT, request as u32)],
        )
    });
    let allow = libc::SECCOMP_RET_ALLOW;
    assert_eq!(answers, [allow, allow, REFUSE, REFUSE]);
}
