use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

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
        let mut options = Options {
            uid: Some(1234),
            gid: Some(2345),
            cross_mounts: false,
            hard_links: false,
            max_depth: 256,
            exclude: Vec::new(),
        };
        change(&mut options);
        own_tree(File::open(&self.0).unwrap().as_raw_fd(), &options).unwrap()
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
    tree.walk(|options| options.gid = None);
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
#[test]
fn a_file_swapped_for_a_hard_link_is_not_changed() {
    let tree = Tree::new("swap");
    let outside = Tree::new("swap-outside");
    let secret = outside.file("secret");
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
        for _ in 0..20_000 {
            tree.walk(|_| {});
            chown(&tree.0, Some(99), Some(99)).unwrap();
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(owner(&secret), (0, 0));
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
