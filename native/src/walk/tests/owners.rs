use super::*;

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
fn whatever_has_a_second_name_is_left_alone_unless_allowed() {
    let tree = Tree::new("hard-others");
    let outside = Tree::new("hard-elsewhere");
    for (name, kind) in [
        ("pipe", FileType::Fifo),
        ("device", FileType::CharacterDevice),
        ("socket", FileType::Socket),
    ] {
        rustix::fs::mknodat(CWD, outside.0.join(name), kind, Mode::from_raw_mode(0o600), 0).unwrap();
    }
    symlink("nowhere", outside.0.join("link")).unwrap();
    let names = ["pipe", "device", "socket", "link"];
    for name in names {
        fs::hard_link(outside.0.join(name), tree.0.join(name)).unwrap();
    }
    let owners = || names.map(|name| owner(&outside.0.join(name)));
    let alone = tree.entry(c"pipe", |_| {});
    let summary = tree.walk(with_modes);
    assert_eq!((alone.hard_linked, summary.hard_linked, owners()), (1, 4, [(0, 0); 4]));
    tree.walk(|options| options.hard_links = true);
    assert_eq!(owners(), [(1234, 2345); 4]);
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
fn always_gives_the_owner_to_everything_again() {
    let tree = Tree::new("always");
    tree.file("file");
    assert_eq!(tree.walk(|options| options.goal.always = true).changed, 2);
    assert_eq!(tree.walk(|options| options.goal.always = true).changed, 2);
}

#[test]
fn ends_where_it_is_when_it_is_told_to() {
    let tree = Tree::new("progress");
    for index in 0..2 * REPORT_INTERVAL {
        tree.file(&format!("f{index}"));
    }
    let ends = |most: usize| {
        let mut told = Vec::new();
        let progress = &mut |seen, changed| {
            told.push((seen, changed));
            told.len() < most
        };
        let opened = File::open(&tree.0).unwrap();
        let options = Tree::options(|options| options.goal.always = true);
        let summary = own_tree(opened.as_raw_fd(), &options, progress).unwrap();
        (told, summary.seen, owner(&tree.0).0)
    };
    let before = owner(&tree.0).0;
    // The top counts as seen, and so does the entry that is at hand.
    let once = (REPORT_INTERVAL, REPORT_INTERVAL - 2);
    let twice = (2 * REPORT_INTERVAL, 2 * REPORT_INTERVAL - 2);
    assert_eq!(ends(1), (vec![once], REPORT_INTERVAL, before));
    assert_eq!(ends(3), (vec![once, twice], 2 * REPORT_INTERVAL + 1, 1234));
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
        assert_eq!((summary.failed, &*summary.failures[0].call), (1, "openat"));
        assert_eq!(summary.failures[0].errno, Errno::MFILE);
    }));
    let summary = tree.walk(|options| options.max_depth = 601);
    assert_eq!((summary.seen, summary.failed), (601, 0));
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
