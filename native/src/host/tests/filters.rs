//! What `execve` and `loadFilter` make of a filter, in children that are rid of it again.

use std::io::Read;
use std::os::fd::AsRawFd;

use super::answer;
use crate::sys::{child, credentials, process};

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const REFUSE: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;

/// These calls get these answers, any other `otherwise`.
fn program(answers: &[(libc::c_long, u32)], otherwise: u32) -> String {
    let instruction = |code: u16, jump_else: u8, k: u32| {
        let [bytes, constant] = [u32::from(code) | u32::from(jump_else) << 24, k].map(u32::to_le_bytes);
        bytes
            .iter()
            .chain(&constant)
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let (load, equal, give) = (0x20, 0x15, 0x06);
    let rules = answers
        .iter()
        .map(|&(number, action)| instruction(equal, 1, number as u32) + &instruction(give, 0, action));
    instruction(load, 0, 0) + &rules.collect::<String>() + &instruction(give, 0, otherwise)
}

fn nothing_executed(filter: &str) -> String {
    answer(&format!(
        "[host.execve(['/nowhere'], ['a'], [], [13], {filter}), host.getSeccomp()]"
    ))
}

#[test]
fn a_program_that_is_none_is_refused_before_the_kernel_sees_it() {
    let whole = program(&[], ALLOW);
    for digits in ["", "0", &whole[1..], &format!("{whole}00"), &whole.replace('0', "g")] {
        assert_eq!(
            nothing_executed(&format!("'{digits}', [0, 0], []")),
            "[-22,0]",
            "{digits}"
        );
    }
    assert_eq!(nothing_executed(&format!("'{whole}', [0, 0], ['a\\0']")), "[-22,0]");
}

#[test]
fn a_filter_is_loaded_by_itself_and_what_runs_goes_on_behind_it() {
    assert!(child::passes(|| {
        let filter = program(&[(libc::SYS_getpriority, REFUSE)], ALLOW);
        let load = |digits: &str| answer(&format!("[host.loadFilter('{digits}', 4), host.getSeccomp()]"));
        credentials::set_no_new_privileges().unwrap();
        assert_eq!(load("0"), "[-22,0]");
        assert_eq!(load(&filter), "[0,2]");
        assert_eq!(answer("host.getpriority()"), "-1");
        assert_eq!(load(&program(&[], ALLOW)), "[0,2]");
    }));
}

#[test]
fn a_filter_is_loaded_before_the_first_is_tried() {
    for flags in ["[0, 0]", "[0, 4]", "[2, 1048576]"] {
        assert!(child::passes(|| {
            credentials::set_no_new_privileges().unwrap();
            let filter = program(
                &[(libc::SYS_execve, libc::SECCOMP_RET_ERRNO | libc::ENOEXEC as u32)],
                ALLOW,
            );
            assert_eq!(nothing_executed(&format!("'{filter}', {flags}, []")), "[[0,-8],2]");
        }));
    }
}

#[test]
fn nothing_is_tried_without_its_filter() {
    assert!(child::passes(|| {
        credentials::set_no_new_privileges().unwrap();
        // It jumps out of itself.
        let filter = program(&[(0, ALLOW)], ALLOW).replacen("00000001", "000000ff", 1);
        assert_eq!(nothing_executed(&format!("'{filter}', [0, 4], []")), "[[-22],0]");
        assert_eq!(
            nothing_executed(&format!("'{}', [1048576, 0], []", program(&[], ALLOW))),
            "[[-22],0]"
        );
        assert_eq!(
            nothing_executed(&format!("'{}', [], []", program(&[], ALLOW))),
            "[[-22],0]"
        );
    }));
}

/// What a child says and how it ends behind such a filter.
fn last_words(filter: &str, candidates: &str) -> (String, i32) {
    let (mut read, write) = std::io::pipe().unwrap();
    let fd = write.as_raw_fd();
    let pid = process::fork().unwrap();
    if pid == 0 {
        credentials::set_no_new_privileges().unwrap();
        let texts = "['first EACCES', 'first ENOENT', 'first', 'second EACCES', 'second ENOENT', 'second']";
        answer(&format!(
            "host.execve({candidates}, ['a'], [], [13], '{filter}', [0, 4, {fd}, 126, 13, 2], {texts})"
        ));
        process::exit(1);
    }
    drop(write);
    let mut said = String::new();
    read.read_to_string(&mut said).unwrap();
    (said, process::wait(pid, 0).unwrap().1)
}

#[test]
fn where_nothing_may_go_on_one_write_says_why() {
    let kill = libc::SECCOMP_RET_KILL_PROCESS;
    let filter = program(
        &[libc::SYS_execve, libc::SYS_write, libc::SYS_exit_group].map(|call| (call, ALLOW)),
        kill,
    );
    let exited = 126 << 8;
    for (candidates, said) in [
        ("['/', '/nowhere']", "second ENOENT"),
        ("['/nowhere', '/']", "first ENOENT"),
        ("['/', '/']", "first EACCES"),
        ("['/', '/etc/passwd/x']", "second"),
        ("['/etc/passwd/x', '/']", "first"),
    ] {
        assert_eq!(last_words(&filter, candidates), (said.into(), exited), "{candidates}");
    }
}

#[test]
fn it_ends_whatever_a_filter_says_to_that() {
    let mute = program(&[(libc::SYS_execve, ALLOW), (libc::SYS_exit_group, ALLOW)], REFUSE);
    assert_eq!(last_words(&mute, "['/nowhere']"), (String::new(), 126 << 8));
    let thread = program(&[(libc::SYS_execve, ALLOW), (libc::SYS_exit, ALLOW)], REFUSE);
    assert_eq!(last_words(&thread, "['/nowhere']"), (String::new(), 126 << 8));
    let endless = program(&[(libc::SYS_execve, ALLOW)], REFUSE);
    let (said, status) = last_words(&endless, "['/nowhere']");
    assert_eq!((said, libc::WIFSIGNALED(status)), (String::new(), true));
    let killed = program(&[(libc::SYS_execve, ALLOW)], libc::SECCOMP_RET_KILL_PROCESS);
    let (said, status) = last_words(&killed, "['/nowhere']");
    assert_eq!((said, libc::WTERMSIG(status)), (String::new(), libc::SIGSYS));
}
