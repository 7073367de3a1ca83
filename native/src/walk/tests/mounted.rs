use super::*;

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

/// Its server has gone, so that every look at it is refused.
#[test]
fn a_dead_mount_is_another_mount() {
    let tree = Tree::new("dead");
    let inside = tree.0.join("inside");
    fs::create_dir(&inside).unwrap();
    let file = tree.file("file");
    assert!(child::passes(|| {
        process::unshare(libc::CLONE_NEWNS as u32).unwrap();
        mounts::mount(c"none", c"/", c"none", (libc::MS_REC | libc::MS_PRIVATE) as u32, c"").unwrap();
        let device = File::options().read(true).write(true).open("/dev/fuse").unwrap();
        let options = format!("fd={},rootmode=40000,user_id=0,group_id=0", device.as_raw_fd());
        let text = |text: &str| CString::new(text).unwrap();
        mounts::mount(c"gone", &text(inside.to_str().unwrap()), c"fuse", 0, &text(&options)).unwrap();
        drop(device);
        let passed = tree.walk(|_| {});
        assert_eq!((passed.seen, passed.failed, passed.other_mounts), (3, 0, 1));
        assert_eq!(owner(&file), (1234, 2345));
        let entered = tree.walk(|options| options.cross_mounts = true);
        let failure = summary::Failure {
            path: b"/inside".to_vec(),
            call: "statx".into(),
            errno: Errno::NOTCONN,
        };
        assert_eq!(
            (entered.failures, entered.failed, entered.other_mounts),
            (vec![failure], 1, 0)
        );
    }));
}
