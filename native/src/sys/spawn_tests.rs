use super::*;
use crate::sys::child::passes;

fn strings(all: &[&str]) -> Vec<CString> {
    all.iter().map(|each| CString::new(*each).unwrap()).collect()
}

/// The status of what was executed, or what was in its way.
fn ran(
    candidates: &[&str],
    words: &[&str],
    environment: &[&str],
    change: impl FnOnce(&mut Spawn<'_>),
) -> (i32, Outcome) {
    let (candidates, argv, environment) = (strings(candidates), strings(words), strings(environment));
    let mut spawn = Spawn {
        given: Given::new(&argv, &environment),
        candidates: &candidates,
        passed_over: &[libc::EACCES],
        place: Place::Group,
        terminal: -1,
        is_foreground: false,
        resets_signals: false,
        mask: 0,
        parent_death_signal: 0,
        own_number: None,
        outcome: Outcome::default(),
    };
    change(&mut spawn);
    let pid = run(&mut spawn).unwrap();
    match spawn.outcome.is_refused {
        true => (process::wait(pid, 0).unwrap_err().raw_os_error(), spawn.outcome),
        false => (libc::WEXITSTATUS(process::wait(pid, 0).unwrap().1), spawn.outcome),
    }
}

fn shell(script: &str, environment: &[&str], change: impl FnOnce(&mut Spawn<'_>)) -> i32 {
    ran(&["/bin/sh"], &["sh", "-c", script], environment, change).0
}

#[test]
fn the_program_runs_as_a_child_with_its_own_group() {
    assert!(passes(|| {
        let script = "set -- $(cat /proc/$$/stat); [ $5 = $$ ] && [ $4 = $PARENT ] && exit 7";
        let parent = format!("PARENT={}", process::id());
        assert_eq!(shell(script, &[&parent], |_| {}), 7);
        let script = "set -- $(cat /proc/$$/stat); [ $6 = $$ ] && exit 8";
        assert_eq!(shell(script, &[], |spawn| spawn.place = Place::Session), 8);
        let script = "set -- $(cat /proc/$$/stat); [ $5 != $$ ] && exit 9";
        assert_eq!(shell(script, &[], |spawn| spawn.place = Place::Shared), 9);
    }));
}

#[test]
fn the_program_finds_its_number_and_its_signals() {
    assert!(passes(|| {
        signals::set_mask(signals::ALL).unwrap();
        let script = "[ $LISTEN_PID = $$ ] && [ $A = 1 ] && exit 7";
        assert_eq!(
            shell(script, &["A=1", "LISTEN_PID={pid}"], |spawn| spawn.own_number = Some(1)),
            7
        );
        let script = "kill -TERM $$; exit 0";
        let (_, outcome) = ran(&["/bin/sh"], &["sh", "-c", script], &[], |_| {});
        assert!(!outcome.is_refused);
        assert_eq!(
            shell("kill -TERM $$; exit 6", &[], |spawn| spawn.mask =
                1 << (libc::SIGTERM - 1)),
            6
        );
    }));
}

#[test]
fn what_was_in_its_way_is_told_to_the_parent() {
    assert!(passes(|| {
        let (wait, outcome) = ran(&["/etc", "/nowhere", "/bin/true"], &["x"], &[], |_| {});
        // Nobody is left to be waited for.
        assert_eq!(wait, libc::ECHILD);
        assert_eq!(outcome.refusals, [libc::EACCES, libc::ENOENT]);
        let (_, outcome) = ran(&[], &["x"], &[], |_| {});
        assert!(outcome.is_refused && outcome.refusals.is_empty());
        let (_, outcome) = ran(&["/bin/true"], &["x"], &[], |spawn| spawn.parent_death_signal = 1000);
        assert_eq!(outcome.failed, Some(Errno::INVAL));
        assert_eq!(ran(&["/etc", "/bin/true"], &["true"], &[], |_| {}).0, 0);
    }));
}
