use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use rustix::fs::{CWD, Uid};

use super::*;
use crate::sys::{child, mounts, process};

/// A directory of its own for each test, removed at the end.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("abdicate-walk-{name}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        File::create(&path).unwrap();
        path
    }

    fn walk(&self, change: impl FnOnce(&mut Options)) -> Summary {
        own_tree(
            File::open(&self.0).unwrap().as_raw_fd(),
            &Self::options(change),
            &mut |_, _| (),
        )
        .unwrap()
    }

    fn entry(&self, name: &CStr, change: impl FnOnce(&mut Options)) -> Summary {
        own_entry(File::open(&self.0).unwrap().as_raw_fd(), name, &Self::options(change)).unwrap()
    }

    fn options(change: impl FnOnce(&mut Options)) -> Options {
        let mut options = Options {
            goal: Goal {
                uid: Some(1234),
                gid: Some(2345),
                always: false,
                unusable: false,
                user: User {
                    uid: 1234,
                    groups: vec![44, 2345],
                },
                modes: Modes {
                    directories: None,
                    files: None,
                    executables: None,
                    others: None,
                },
            },
            cross_mounts: false,
            hard_links: false,
            max_depth: 256,
            exclude: Vec::new(),
        };
        change(&mut options);
        options
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn owner(path: &Path) -> (u32, u32) {
    let found = fs::symlink_metadata(path).unwrap();
    (found.uid(), found.gid())
}

#[test]
fn only_what_differs_is_changed() {
    let tree = Tree::new("differs");
    fs::create_dir(tree.0.join("sub")).unwrap();
    let right = tree.file("right");
    chown(&right, Some(1234), Some(2345)).unwrap();
    let wrong = tree.file("sub/wrong");
    let first = tree.walk(|_| {});
    assert_eq!((first.seen, first.changed, first.failed), (4, 3, 0));
    assert_eq!([owner(&right), owner(&wrong), owner(&tree.0)], [(1234, 2345); 3]);
    assert_eq!(tree.walk(|_| {}).changed, 0);
}

#[test]
fn an_id_that_is_not_given_stays() {
    let tree = Tree::new("keep");
    let file = tree.file("file");
    chown(&file, Some(7), Some(8)).unwrap();
    tree.walk(|options| options.goal.gid = None);
    assert_eq!(owner(&file), (1234, 8));
}

#[test]
fn links_are_changed_themselves_and_never_followed() {
    let tree = Tree::new("links");
    let outside = Tree::new("outside");
    let secret = outside.file("secret");
    symlink(&secret, tree.0.join("to-file")).unwrap();
    symlink(&outside.0, tree.0.join("to-directory")).unwrap();
    lchown(tree.0.join("to-file"), Some(99), Some(99)).unwrap();
    tree.walk(|_| {});
    assert_eq!([owner(&secret), owner(&outside.0)], [(0, 0); 2]);
    assert_eq!(owner(&tree.0.join("to-file")), (1234, 2345));
}

#[test]
fn hard_links_are_left_alone_unless_allowed() {
    let tree = Tree::new("hard");
    let file = tree.file("file");
    fs::hard_link(&file, tree.0.join("second")).unwrap();
    let summary = tree.walk(|_| {});
    assert_eq!((summary.hard_linked, owner(&file)), (2, (0, 0)));
    tree.walk(|options| options.hard_links = true);
    assert_eq!(owner(&file), (1234, 2345));
}

#[test]
fn excluded_names_and_too_deep_directories_are_left() {
    let tree = Tree::new("exclude");
    fs::create_dir_all(tree.0.join("a/b/c")).unwrap();
    fs::create_dir(tree.0.join("skip")).unwrap();
    let summary = tree.walk(|options| {
        options.exclude = vec![c"skip".to_owned()];
        options.max_depth = 2;
    });
    assert_eq!(owner(&tree.0.join("skip")), (0, 0));
    assert_eq!(owner(&tree.0.join("a/b")), (0, 0));
    assert_eq!((summary.failed, summary.failures[0].path.as_slice()), (1, &b"/a/b"[..]));
}

#[test]
fn a_directory_swapped_for_a_link_leads_nowhere() {
    let tree = Tree::new("race");
    let outside = Tree::new("race-outside");
    let secret = outside.file("secret");
    let (victim, spare, link) = (tree.0.join("victim"), outside.0.join("spare"), outside.0.join("link"));
    fs::create_dir(&victim).unwrap();
    symlink(&outside.0, &link).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                fs::rename(&victim, &spare).unwrap();
                fs::rename(&link, &victim).unwrap();
                fs::rename(&victim, &link).unwrap();
                fs::rename(&spare, &victim).unwrap();
            }
        });
        for _ in 0..2_000 {
            tree.walk(|_| {});
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!([owner(&secret), owner(&outside.0)], [(0, 0); 2]);
}

#[test]
fn another_mount_is_left_alone_unless_told() {
    let tree = Tree::new("mounts");
    let inside = tree.0.join("inside");
    fs::create_dir(&inside).unwrap();
    assert!(child::passes(|| {
        process::unshare(libc::CLONE_NEWNS as u32).unwrap();
        let private = (libc::MS_REC | libc::MS_PRIVATE) as u32;
        mounts::mount(c"none", c"/", c"none", private, c"").unwrap();
        let target = CString::new(inside.to_str().unwrap()).unwrap();
        mounts::mount(c"tmpfs", &target, c"tmpfs", 0, c"mode=755").unwrap();
        File::create(inside.join("file")).unwrap();
        assert_eq!(tree.walk(|_| {}).other_mounts, 1);
        assert_eq!([owner(&inside), owner(&inside.join("file"))], [(0, 0); 2]);
        assert_eq!(tree.walk(|options| options.cross_mounts = true).other_mounts, 0);
        assert_eq!([owner(&inside), owner(&inside.join("file"))], [(1234, 2345); 2]);
    }));
    assert_eq!(owner(&inside), (0, 0));
}

#[test]
fn a_bind_mount_of_the_same_device_is_another_mount() {
    let tree = Tree::new("bind");
    let outside = Tree::new("bind-outside");
    let (inside, secret) = (tree.0.join("inside"), outside.file("secret"));
    fs::create_dir(&inside).unwrap();
    assert!(child::passes(|| {
        process::unshare(libc::CLONE_NEWNS as u32).unwrap();
        mounts::mount(c"none", c"/", c"none", (libc::MS_REC | libc::MS_PRIVATE) as u32, c"").unwrap();
        let text = |path: &Path| CString::new(path.to_str().unwrap()).unwrap();
        mounts::mount(&text(&outside.0), &text(&inside), c"", libc::MS_BIND as u32, c"").unwrap();
        assert_eq!(tree.walk(|_| {}).other_mounts, 1);
    }));
    assert_eq!([owner(&secret), owner(&outside.0)], [(0, 0); 2]);
}

/// What an attacker swaps in is a hard link to a file from elsewhere, which has two links then.
/// The attacker is another user, who may link the file because he may write to it. protected_hardlinks, proc_sys_fs(5)
fn a_linked_file_stays_while_names_are_swapped(test: &str, directory_mode: u32) {
    let tree = Tree::new(test);
    let outside = Tree::new(&format!("{test}-outside"));
    let secret = outside.file("secret");
    set_mode(&secret, 0o666);
    let (name, other) = (tree.file("name"), tree.0.join("other"));
    set_mode(&tree.0, directory_mode);
    chown(&tree.0, Some(99), Some(99)).unwrap();
    let stop = AtomicBool::new(false);
    let linked = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            rustix::thread::set_thread_res_uid(Uid::from_raw(99), Uid::from_raw(99), Uid::from_raw(99)).unwrap();
            while !stop.load(Ordering::Relaxed) {
                let _ = fs::remove_file(&other);
                let is_linked = fs::hard_link(&secret, &other).and_then(|()| fs::rename(&other, &name));
                linked.fetch_add(usize::from(is_linked.is_ok()), Ordering::Relaxed);
                let _ = File::create(&other).and_then(|_| fs::rename(&other, &name));
            }
        });
        let mut changed = 0;
        for _ in 0..10_000 {
            let before = linked.load(Ordering::Relaxed);
            let begin = Instant::now();
            while linked.load(Ordering::Relaxed) == before {
                assert!(begin.elapsed().as_secs() < 10, "the attacker is stuck");
            }
            changed += tree.walk(|_| {}).changed;
            chown(&tree.0, Some(99), Some(99)).unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        assert!(changed > 10_000);
    });
    assert_eq!(owner(&secret), (0, 0));
}

#[test]
fn a_file_swapped_for_a_hard_link_is_not_changed() {
    a_linked_file_stays_while_names_are_swapped("swap", 0o777);
}

#[test]
fn a_directory_that_is_given_away_is_nobodys_to_swap_in() {
    a_linked_file_stays_while_names_are_swapped("swap-held", 0o755);
}

#[test]
fn a_directory_is_held_by_root_alone_and_not_longer_than_its_entries_take() {
    let tree = Tree::new("held");
    chown(&tree.0, Some(99), Some(98)).unwrap();
    let guards = |uid| {
        let progress = &mut |_, _| ();
        let opened = File::open(&tree.0).unwrap();
        let options = Tree::options(|options| options.goal.uid = uid);
        let found = look(opened.as_fd(), c"", OWNER).unwrap();
        let mut walk = Walk::new(&options, &found, 0, progress);
        let guard = walk.guard(opened.as_fd(), &found);
        let meanwhile = owner(&tree.0);
        walk.finish(opened.as_fd(), &found, guard);
        (guard == Guard::Held, meanwhile, owner(&tree.0))
    };
    assert_eq!(guards(Some(0)), (false, (99, 98), (0, 2345)));
    chown(&tree.0, Some(99), Some(98)).unwrap();
    assert_eq!(guards(None), (false, (99, 98), (99, 2345)));
    assert_eq!(guards(Some(99)), (false, (99, 2345), (99, 2345)));
    assert_eq!(guards(Some(1234)), (true, (0, 2345), (1234, 2345)));
    assert_eq!(guards(Some(u32::MAX - 1)), (true, (0, 2345), (u32::MAX - 1, 2345)));
}

#[test]
fn a_held_directory_is_given_back_when_something_below_is_refused() {
    let tree = Tree::new("given-back");
    fs::create_dir_all(tree.0.join("a/b")).unwrap();
    chown(&tree.0, Some(99), Some(98)).unwrap();
    let summary = tree.walk(|options| options.max_depth = 1);
    assert_eq!((summary.failed, owner(&tree.0)), (1, (99, 98)));
}

#[test]
fn progress_is_told_when_time_has_passed() {
    let tree = Tree::new("progress");
    for index in 0..CLOCK_INTERVAL {
        tree.file(&format!("f{index}"));
    }
    let mut told = Vec::new();
    let opened = File::open(&tree.0).unwrap();
    let options = Tree::options(|_| {});
    let found = look(opened.as_fd(), c"", OWNER).unwrap();
    let progress = &mut |seen, changed| told.push((seen, changed));
    let mut walk = Walk::new(&options, &found, DIRECTORY_BUFFER, progress);
    walk.next_progress = 0.0;
    walk.below(opened.as_fd(), Guard::None);
    assert_eq!(told, [(CLOCK_INTERVAL, CLOCK_INTERVAL - 1)]);
}

#[test]
fn depth_costs_descriptors_and_no_stack() {
    let tree = Tree::new("deep");
    let mut here = File::open(&tree.0).unwrap();
    for _ in 0..600 {
        rustix::fs::mkdirat(&here, "d", Mode::RWXU).unwrap();
        here = rustix::fs::openat(&here, "d", OFlags::RDONLY, Mode::empty())
            .unwrap()
            .into();
    }
    assert!(child::passes(|| {
        process::set_limit(libc::RLIMIT_NOFILE, 100, 100).unwrap();
        let summary = tree.walk(|options| options.max_depth = usize::MAX);
        assert_eq!((summary.failed, summary.failures[0].call), (1, "openat"));
        assert_eq!(summary.failures[0].errno, Errno::MFILE);
    }));
    let summary = tree.walk(|options| options.max_depth = 601);
    assert_eq!((summary.seen, summary.failed), (601, 0));
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

const EXACT_FILE: Option<ModeChange> = Some(ModeChange {
    clear: 0o7777,
    set: 0o640,
});

fn with_modes(options: &mut Options) {
    options.goal.modes.directories = Some(ModeChange {
        clear: 0o7777,
        set: 0o2750,
    });
    options.goal.modes.files = EXACT_FILE;
    options.goal.modes.executables = Some(ModeChange { clear: 0, set: 0o110 });
}

#[test]
fn modes_are_set_by_kind_where_they_differ() {
    let tree = Tree::new("modes");
    fs::create_dir(tree.0.join("sub")).unwrap();
    let (plain, program) = (tree.file("sub/plain"), tree.file("program"));
    symlink(&plain, tree.0.join("link")).unwrap();
    rustix::fs::mknodat(CWD, tree.0.join("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    set_mode(&program, 0o4711);
    let first = tree.walk(with_modes);
    assert_eq!(
        (first.seen, first.changed, first.modes_changed, first.failed),
        (6, 6, 3, 0)
    );
    assert_eq!([mode(&tree.0), mode(&tree.0.join("sub"))], [0o2750; 2]);
    // The new owner cost the program its set-user-ID bit.
    let files = [mode(&plain), mode(&program), mode(&tree.0.join("pipe"))];
    assert_eq!(files, [0o640, 0o711, 0o600]);
    let second = tree.walk(with_modes);
    assert_eq!((second.changed, second.modes_changed), (0, 0));
}

#[test]
fn what_the_user_can_use_is_left_and_the_rest_becomes_usable() {
    let tree = Tree::new("unusable");
    set_mode(&tree.0, 0o777);
    let cases = [
        // As its own, as a member of the group, as anybody: reading and writing.
        ("own", 1234, 9, 0o600, (1234, 9, 0o600)),
        ("group", 9, 44, 0o060, (9, 44, 0o060)),
        ("anybody", 9, 9, 0o006, (9, 9, 0o006)),
        ("own-but-closed", 1234, 9, 0o466, (1234, 2345, 0o666)),
        ("group-but-closed", 9, 44, 0o646, (1234, 2345, 0o646)),
        ("half", 9, 9, 0o444, (1234, 2345, 0o644)),
    ];
    for (name, uid, gid, before, _) in cases {
        let path = tree.file(name);
        chown(&path, Some(uid), Some(gid)).unwrap();
        set_mode(&path, before);
    }
    let sub = tree.0.join("sub");
    fs::create_dir(&sub).unwrap();
    set_mode(&sub, 0o556);
    let summary = tree.walk(|options| options.goal.unusable = true);
    assert_eq!((summary.seen, summary.changed, summary.modes_changed), (8, 4, 3));
    for (name, _, _, _, after) in cases {
        let path = tree.0.join(name);
        assert_eq!((owner(&path).0, owner(&path).1, mode(&path)), after, "{name}");
    }
    assert_eq!((owner(&sub), mode(&sub), owner(&tree.0)), ((1234, 2345), 0o756, (0, 0)));
    let again = tree.walk(|options| options.goal.unusable = true);
    assert_eq!((again.changed, again.modes_changed), (0, 0));
}

#[test]
fn always_gives_the_owner_to_everything_again() {
    let tree = Tree::new("always");
    tree.file("file");
    assert_eq!(tree.walk(|options| options.goal.always = true).changed, 2);
    assert_eq!(tree.walk(|options| options.goal.always = true).changed, 2);
}

#[test]
fn an_entry_alone_is_changed_whatever_it_is() {
    let tree = Tree::new("entry");
    fs::create_dir(tree.0.join("sub")).unwrap();
    let below = tree.file("sub/below");
    let file = tree.file("file");
    symlink(&below, tree.0.join("link")).unwrap();
    fs::hard_link(&file, tree.0.join("linked")).unwrap();
    rustix::fs::mknodat(CWD, tree.0.join("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let all = |options: &mut Options| {
        with_modes(options);
        options.goal.modes.others = EXACT_FILE;
    };
    let found = [c"sub", c"link", c"pipe", c"file"].map(|name| {
        let summary = tree.entry(name, all);
        (
            summary.seen,
            summary.changed,
            summary.modes_changed,
            summary.hard_linked,
        )
    });
    assert_eq!(found, [(1, 1, 1, 0), (1, 1, 0, 0), (1, 1, 1, 0), (1, 0, 0, 1)]);
    assert_eq!((owner(&below), mode(&below)), ((0, 0), 0o644));
    assert_eq!(mode(&tree.0.join("pipe")), 0o640);
    assert_eq!(tree.entry(c"none", all).seen, 0);
}

#[test]
fn a_mode_is_not_set_through_a_hard_link_that_is_swapped_in() {
    let tree = Tree::new("swap-mode");
    let outside = Tree::new("swap-mode-outside");
    let secret = outside.file("secret");
    set_mode(&secret, 0o600);
    let (name, other) = (tree.file("name"), tree.0.join("other"));
    chown(&tree.0, Some(99), Some(99)).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                fs::hard_link(&secret, &other).unwrap();
                fs::rename(&other, &name).unwrap();
                File::create(&other).unwrap();
                fs::rename(&other, &name).unwrap();
            }
        });
        let mut set = 0;
        for _ in 0..60_000 {
            set += tree
                .entry(c"name", |options| {
                    (options.goal.uid, options.goal.gid) = (None, None);
                    with_modes(options);
                })
                .modes_changed;
        }
        stop.store(true, Ordering::Relaxed);
        assert!(set > 0);
    });
    assert_eq!(mode(&secret), 0o600);
}

/// Not even reading is allowed, and a filter or an old kernel may lack the call that needs no /proc.
#[test]
fn the_mode_of_what_cannot_be_opened_is_set_all_the_same() {
    let tree = Tree::new("path");
    rustix::fs::mknodat(CWD, tree.0.join("pipe"), FileType::Fifo, Mode::empty(), 0).unwrap();
    let path = rustix::fs::openat(CWD, tree.0.join("pipe"), OFlags::PATH, Mode::empty()).unwrap();
    sys::files::set_mode(path.as_fd(), 0o620).unwrap();
    assert_eq!(mode(&tree.0.join("pipe")), 0o620);
}

#[test]
fn more_refusals_than_are_kept_are_still_judged() {
    let tree = Tree::new("refused");
    for index in 0..KEPT_FAILURES + 5 {
        let path = tree.file(&format!("f{index}"));
        chown(&path, Some(9), Some(44)).unwrap();
        set_mode(&path, 0o660);
    }
    let closed = tree.file("last");
    let refused = |expected: (usize, usize)| {
        assert!(child::passes(|| {
            rustix::thread::set_thread_res_uid(Uid::from_raw(77), Uid::from_raw(77), Uid::from_raw(77)).unwrap();
            let summary = tree.walk(|_| {});
            assert_eq!((summary.failed, summary.failed_but_met), expected);
        }));
    };
    set_mode(&tree.0, 0o777);
    refused((KEPT_FAILURES + 6, KEPT_FAILURES + 5));
    fs::remove_file(closed).unwrap();
    refused((KEPT_FAILURES + 5, KEPT_FAILURES + 5));
}
