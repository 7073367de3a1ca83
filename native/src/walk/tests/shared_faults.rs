use std::io::Write;

use super::shared::{at_once, walk};
use super::*;
use crate::walk::share::Helper;
use crate::walk::summary::Failure;

const LOST: (&str, Errno) = ("wait4", Errno::IO);

fn directories(tree: &Tree, count: usize) {
    for index in 0..count {
        fs::create_dir(tree.0.join(index.to_string())).unwrap();
        tree.file(&format!("{index}/file"));
    }
}

fn first_failure(summary: &Summary) -> (&str, Errno) {
    summary
        .failures
        .first()
        .map_or(("", Errno::IO), |failure| (&*failure.call, failure.errno))
}

fn sample() -> Summary {
    let failure = |path: &[u8], errno| Failure {
        path: path.to_vec(),
        call: "fchownat".into(),
        errno,
    };
    Summary {
        seen: 7,
        changed: 6,
        modes_changed: 5,
        hard_linked: 4,
        other_mounts: 3,
        failures: vec![failure(b"/a\xff", Errno::PERM), failure(b"", Errno::ROFS)],
        failed: 2,
        failed_but_met: 1,
    }
}

#[test]
fn a_report_arrives_whole_or_not_at_all() {
    let bytes = sample().encode();
    assert_eq!(Summary::decode(&bytes), Some(sample()));
    for length in 0..bytes.len() {
        assert_eq!(Summary::decode(&bytes[..length]), None);
    }
    assert_eq!(Summary::decode(&[&bytes[..], b"more"].concat()), None);
}

#[test]
fn summaries_are_added_and_keep_so_many_failures() {
    let mut sum = sample();
    for _ in 0..9 {
        sum.add(sample());
    }
    let counts = (
        sum.seen,
        sum.changed,
        sum.modes_changed,
        sum.hard_linked,
        sum.other_mounts,
    );
    assert_eq!(counts, (70, 60, 50, 40, 30));
    assert_eq!(
        (sum.failed, sum.failed_but_met, sum.failures.len()),
        (20, 10, KEPT_FAILURES)
    );
}

/// What becomes of a walk that was refused often before, when a helper ends like this.
fn joined(end: impl FnOnce(File)) -> Summary {
    let tree = Tree::new("joined");
    let options = Tree::options(|_| {});
    let opened = File::open(&tree.0).unwrap();
    let found = look(opened.as_fd(), c"", OWNER).unwrap();
    let progress = &mut |_, _| true;
    let mut walk = Walk::new(&options, Mount::seen(&found), 0, progress);
    (0..KEPT_FAILURES).for_each(|_| walk.fail("fchownat", Errno::PERM));
    let (read, write) = rustix::pipe::pipe().unwrap();
    let pid = process::fork().unwrap();
    if pid == 0 {
        end(write.into());
        process::exit(1);
    }
    drop(write);
    walk.join(Helper { pid, report: read });
    walk.summary
}

#[test]
fn a_helper_that_does_not_end_well_fails_the_walk() {
    let ends: [fn(File); 4] = [
        |_| assert_eq!(process::kill(process::id(), libc::SIGKILL), Ok(0)),
        |mut report| report.write_all(&sample().encode()).unwrap(),
        |mut report| {
            report.write_all(&sample().encode()[1..]).unwrap();
            process::exit(0);
        },
        |_| process::exit(0),
    ];
    for end in ends {
        let summary = joined(end);
        assert_eq!((summary.failed, summary.seen), (KEPT_FAILURES + 1, 0));
        assert_eq!((first_failure(&summary), summary.failures.len()), (LOST, KEPT_FAILURES));
    }
    let well = joined(|mut report| {
        report.write_all(&sample().encode()).unwrap();
        process::exit(0);
    });
    assert_eq!(
        (well.failed, well.seen, first_failure(&well)),
        (KEPT_FAILURES + 2, 7, ("fchownat", Errno::PERM))
    );
}

/// Kills what the thread that walks has forked.
fn kill_children(walker: i32, goes_on: &dyn Fn() -> bool) {
    let children = format!("/proc/self/task/{walker}/children");
    while goes_on() {
        for pid in fs::read_to_string(&children).unwrap_or_default().split_whitespace() {
            let _ = process::kill(pid.parse().unwrap(), libc::SIGKILL);
        }
    }
}

#[test]
fn a_walk_whose_helper_is_killed_leaves_the_top_as_it_was() {
    let tree = Tree::new("killed");
    directories(&tree, 300);
    chown(&tree.0, Some(99), Some(98)).unwrap();
    let walker = rustix::thread::gettid().as_raw_nonzero().get();
    let mut lost = 0;
    during(
        |goes_on| kill_children(walker, goes_on),
        || {
            for _ in 0..1_000 {
                let (summary, _) = walk(&tree, |options| {
                    at_once(options);
                    options.goal.always = true;
                });
                if summary.failed == 0 {
                    assert_eq!((summary.seen, owner(&tree.0)), (601, (1234, 2345)));
                } else {
                    assert_eq!((first_failure(&summary), owner(&tree.0)), (LOST, (99, 98)));
                    lost += 1;
                }
                chown(&tree.0, Some(99), Some(98)).unwrap();
                if lost == 20 {
                    return;
                }
            }
        },
    );
    assert_eq!(lost, 20);
    assert_eq!(tree.walk(|_| {}).failed, 0);
}

#[test]
fn without_a_right_to_fork_one_process_does_it_all() {
    let tree = Tree::new("no-fork");
    directories(&tree, 30);
    tree.walk(|_| {});
    assert!(child::passes(|| {
        process::set_limit(libc::RLIMIT_NPROC, 0, 0).unwrap();
        rustix::thread::set_thread_res_uid(Uid::from_raw(1234), Uid::from_raw(1234), Uid::from_raw(1234)).unwrap();
        assert_eq!(process::fork(), Err(Errno::AGAIN));
        let (summary, by_helpers) = walk(&tree, at_once);
        assert_eq!((summary.seen, summary.failed, by_helpers), (61, 0, 0));
    }));
}

#[test]
fn refusals_of_both_are_counted() {
    let tree = Tree::new("refused-shared");
    directories(&tree, 30);
    assert!(child::passes(|| {
        rustix::thread::set_thread_res_uid(Uid::from_raw(77), Uid::from_raw(77), Uid::from_raw(77)).unwrap();
        let (summary, _) = walk(&tree, at_once);
        assert_eq!((summary.seen, summary.changed, summary.failed), (61, 0, 60));
        assert_eq!(summary.failures.len(), KEPT_FAILURES);
        assert!(
            summary
                .failures
                .iter()
                .all(|each| each.call == "fchownat" && each.errno == Errno::PERM)
        );
    }));
    assert_eq!(owner(&tree.0), (0, 0));
}

#[test]
fn nothing_is_left_of_a_helper() {
    let tree = Tree::new("nothing-left");
    directories(&tree, 100);
    assert!(child::passes(|| {
        let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
        let before = descriptors();
        let by_helpers: usize = (0..50).map(|_| walk(&tree, at_once).1).sum();
        assert!(by_helpers > 0);
        assert_eq!(process::wait(-1, libc::WNOHANG), Err(Errno::CHILD));
        assert_eq!(descriptors(), before);
    }));
}

#[test]
fn a_walk_that_is_told_to_end_kills_its_helper() {
    let tree = Tree::new("told-shared");
    for directory in 0..8 {
        fs::create_dir(tree.0.join(format!("{directory}"))).unwrap();
        for file in 0..REPORT_INTERVAL / 2 {
            tree.file(&format!("{directory}/{file}"));
        }
    }
    assert!(child::passes(|| {
        let before = owner(&tree.0);
        let summary = tree_told_to_end(&tree);
        assert!(summary.seen < 3 * REPORT_INTERVAL);
        assert_eq!(process::wait(-1, libc::WNOHANG), Err(Errno::CHILD));
        assert_eq!(owner(&tree.0), before);
    }));
}

fn tree_told_to_end(tree: &Tree) -> Summary {
    let opened = File::open(&tree.0).unwrap();
    own_tree(opened.as_raw_fd(), &Tree::options(at_once), &mut |_, _| false).unwrap()
}

#[test]
fn a_held_directory_is_given_back_when_a_helper_is_refused() {
    let tree = Tree::new("given-back-shared");
    for name in ["a/b", "c/d", "e/f"] {
        fs::create_dir_all(tree.0.join(name)).unwrap();
    }
    chown(&tree.0, Some(99), Some(98)).unwrap();
    let (summary, _) = walk(&tree, |options| {
        at_once(options);
        options.max_depth = 2;
    });
    assert_eq!((summary.failed, owner(&tree.0)), (3, (99, 98)));
}
