//! Tests that change the process do so in a child.

/// Runs the check in a forked child, whose changes end with it. A panic is a failure as well.
pub fn passes(check: impl FnOnce() + std::panic::UnwindSafe) -> bool {
    let pid = super::process::fork().unwrap();
    if pid == 0 {
        let result = std::panic::catch_unwind(check);
        super::process::exit(i32::from(result.is_err()));
    }
    super::process::wait(pid, 0).unwrap() == (pid, 0)
}
