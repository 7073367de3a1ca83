use super::*;

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

/// Not even reading is allowed, and a filter or an old kernel may lack the call that needs no /proc.
#[test]
fn the_mode_of_what_cannot_be_opened_is_set_all_the_same() {
    let tree = Tree::new("path");
    rustix::fs::mknodat(CWD, tree.0.join("pipe"), FileType::Fifo, Mode::empty(), 0).unwrap();
    let path = rustix::fs::openat(CWD, tree.0.join("pipe"), OFlags::PATH, Mode::empty()).unwrap();
    sys::files::set_mode(path.as_fd(), 0o620).unwrap();
    assert_eq!(mode(&tree.0.join("pipe")), 0o620);
}

/// Mode found, mode wanted.
#[test]
fn what_is_refused_does_as_it_is_only_when_nobody_may_do_more_than_was_wanted() {
    let tree = Tree::new("met");
    chown(&tree.0, Some(9), Some(44)).unwrap();
    let does = |(found, wanted): (u32, u32), is_read_only: bool| {
        set_mode(&tree.0, found);
        let options = Tree::options(|options| {
            options.goal.modes.directories = Some(ModeChange {
                clear: 0o7777,
                set: wanted,
            });
        });
        let found = look(File::open(&tree.0).unwrap().as_fd(), c"", OWNER).unwrap();
        options.goal.is_met_as_it_is(&found, is_read_only)
    };
    let is_met = |modes| does(modes, false);
    let met = [(0o770, 0o770), (0o770, 0o777), (0o1777, 0o777), (0o2770, 0o2777)];
    assert_eq!(met.map(is_met), [true; 4]);
    // More for others, the group handed on, nothing that keeps others from removing, nothing for the user itself.
    let missed = [(0o777, 0o770), (0o2770, 0o770), (0o777, 0o1777), (0o750, 0o770)];
    assert_eq!(missed.map(is_met), [false; 4]);
    // Nobody writes to what is mounted read-only, so that neither lacking nor having that bit counts.
    let read_only = [
        (0o750, 0o770),
        (0o777, 0o755),
        (0o777, 0o1755),
        (0o730, 0o770),
        (0o755, 0o750),
    ];
    assert_eq!(
        read_only.map(|modes| does(modes, true)),
        [true, true, true, false, false]
    );
}
