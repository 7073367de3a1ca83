use std::os::unix::fs::lchown;

use super::*;

/// A helper as soon as there is something to share, however few processors there are.
pub fn at_once(options: &mut Options) {
    options.sharing = Sharing {
        entries: 0,
        processors: || 2,
    };
}

/// With the entries that helpers have seen.
pub fn walk(tree: &Tree, change: impl FnOnce(&mut Options)) -> (Summary, usize) {
    let opened = File::open(&tree.0).unwrap();
    let options = Tree::options(change);
    let found = look(opened.as_fd(), c"", OWNER).unwrap();
    let progress = &mut |_, _| true;
    let mut walk = Walk::new(&options, Mount::seen(&found), DIRECTORY_BUFFER, progress);
    walk.whole(opened.as_fd(), &found);
    // What a lost helper has told is no longer known to have been done.
    if walk.summary.failures.first().is_none_or(|first| first.call != "wait4") {
        let told = walk.crew.tell(&walk.summary);
        let changed = walk.summary.changed + walk.summary.modes_changed;
        assert_eq!(told, [walk.summary.seen, changed], "progress counts every entry once");
    }
    (walk.summary, walk.crew.seen_by_helpers)
}

/// The same every time. splitmix64
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn owner(&mut self) -> Option<u32> {
        Some([0, 99, 1234, 2345][self.below(4) as usize])
    }

    fn fill(&mut self, directory: &Path, depth: u32) {
        for index in 0..self.below(7) {
            let path = directory.join(format!("{index}"));
            match self.below(8) {
                0..4 if depth < 5 => {
                    fs::create_dir(&path).unwrap();
                    self.fill(&path, depth + 1);
                }
                4 => symlink("/etc/passwd", &path).unwrap(),
                5 if index > 0 => {
                    let _ = fs::hard_link(directory.join("0"), &path);
                }
                _ => drop(File::create(&path).unwrap()),
            }
            let _ = lchown(&path, self.owner(), self.owner());
            if path.symlink_metadata().is_ok_and(|found| !found.is_symlink()) {
                set_mode(&path, [0o700, 0o755, 0o775, 0o640][self.below(4) as usize]);
            }
        }
    }

    fn options(&mut self, options: &mut Options) {
        options.goal.uid = Some([0, 1234][self.below(2) as usize]);
        options.goal.always = self.below(4) == 0;
        options.goal.unusable = self.below(4) == 0;
        options.hard_links = self.below(2) == 0;
        options.max_depth = 3 + self.below(6) as usize;
        if self.below(2) == 0 {
            with_modes(options);
        }
        if self.below(2) == 0 {
            options.exclude = vec![c"3".to_owned()];
        }
    }
}

/// Paths with owner, group and mode.
type State = Vec<(PathBuf, (u32, u32), u32)>;

fn state(directory: &Path, below: &Path, found: &mut State) {
    found.push((below.to_owned(), owner(directory), mode(directory)));
    if directory.symlink_metadata().unwrap().is_dir() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            state(&entry.path(), &below.join(entry.file_name()), found);
        }
    }
}

/// What the walk makes of a tree that the seed decides, its summary, and the entries seen by helpers.
fn walk_random(seed: u64, sharing: fn(&mut Options)) -> (State, Summary, usize) {
    let tree = Tree::new(&format!("random-{seed}"));
    let mut random = Random(seed);
    for top in ["x", "y", "z"] {
        fs::create_dir(tree.0.join(top)).unwrap();
        random.fill(&tree.0.join(top), 0);
    }
    let (mut summary, by_helpers) = walk(&tree, |options| {
        random.options(options);
        sharing(options);
    });
    let mut found = Vec::new();
    state(&tree.0, Path::new(""), &mut found);
    found.sort();
    summary.failures.sort_by(|a, b| a.path.cmp(&b.path));
    (found, summary, by_helpers)
}

#[test]
fn two_processes_leave_what_one_does() {
    let mut by_helpers = 0;
    let mut failed = 0;
    for seed in 0..150 {
        let (alone, mut alone_summary, none) = walk_random(seed, |_| {});
        let (shared, mut summary, some) = walk_random(seed, at_once);
        assert_eq!((shared, none), (alone, 0), "seed {seed}");
        if summary.failed > KEPT_FAILURES {
            // Which of them are kept is up to chance.
            assert_eq!(summary.failures.len(), KEPT_FAILURES);
            summary.failures.clear();
            alone_summary.failures.clear();
        }
        assert_eq!(summary, alone_summary, "seed {seed}");
        by_helpers += some;
        failed += summary.failed;
    }
    assert!(
        by_helpers > 500 && failed > 10,
        "{by_helpers} by helpers, {failed} failed"
    );
}

/// Directories of ten files each.
fn wide(directory: &Path, directories: usize) {
    for index in 0..directories {
        let path = directory.join(index.to_string());
        fs::create_dir_all(&path).unwrap();
        for file in 0..10 {
            File::create(path.join(format!("f{file}"))).unwrap();
        }
    }
}

/// Either process may be late, so it is tried several times; a shape that cannot be shared never succeeds.
fn is_shared_evenly(tree: &Tree) -> bool {
    (0..50).any(|_| {
        let (summary, by_helpers) = walk(tree, |options| {
            at_once(options);
            options.goal.always = true;
        });
        assert_eq!(summary.failed, 0);
        (summary.seen * 3 / 10..summary.seen * 7 / 10).contains(&by_helpers)
    })
}

#[test]
fn both_processes_get_their_part_whatever_the_shape() {
    type Fill = fn(&Path);
    let shapes: [(&str, Fill); 5] = [
        ("flat", |top| wide(top, 200)),
        ("deep", |top| wide(&top.join("a/b/c"), 200)),
        ("ten", |top| {
            (0..10).for_each(|index| wide(&top.join(format!("d{index}")), 20))
        }),
        ("lopsided", |top| {
            wide(&top.join("large/below"), 180);
            (0..9).for_each(|index| wide(&top.join(format!("small{index}")), 2));
        }),
        ("pair", |top| {
            wide(&top.join("one"), 2);
            wide(&top.join("other"), 200);
        }),
    ];
    for (name, fill) in shapes {
        let tree = Tree::new(&format!("shape-{name}"));
        fill(&tree.0);
        assert!(is_shared_evenly(&tree), "{name}");
    }
}

#[test]
fn a_small_tree_and_a_single_processor_need_no_helper() {
    let tree = Tree::new("no-helper");
    wide(&tree.0, 20);
    let walks: [fn(&mut Options); 2] = [
        |options| {
            options.sharing = Sharing {
                entries: 222,
                processors: || panic!("asked without need"),
            };
        },
        |options| {
            options.sharing = Sharing {
                entries: 0,
                processors: || 1,
            };
        },
    ];
    for change in walks {
        let (summary, by_helpers) = walk(&tree, change);
        assert_eq!((summary.seen, by_helpers), (221, 0));
    }
}

#[test]
fn other_mounts_are_counted_by_both() {
    let tree = Tree::new("shared-mounts");
    wide(&tree.0, 20);
    assert!(child::passes(|| {
        process::unshare(libc::CLONE_NEWNS as u32).unwrap();
        mounts::mount(c"none", c"/", c"none", (libc::MS_REC | libc::MS_PRIVATE) as u32, c"").unwrap();
        for index in 0..10 {
            let path = tree.0.join(format!("{index}/m"));
            fs::create_dir(&path).unwrap();
            let path = CString::new(path.to_str().unwrap()).unwrap();
            mounts::mount(c"tmpfs", &path, c"tmpfs", 0, c"").unwrap();
        }
        let (summary, _) = walk(&tree, at_once);
        assert_eq!((summary.seen, summary.other_mounts), (231, 10));
    }));
}
