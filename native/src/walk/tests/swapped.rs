use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use super::*;

#[test]
fn a_directory_swapped_for_a_link_leads_nowhere() {
    let tree = Tree::new("race");
    let outside = Tree::new("race-outside");
    let secret = outside.file("secret");
    let (victim, spare, link) = (tree.0.join("victim"), outside.0.join("spare"), outside.0.join("link"));
    fs::create_dir(&victim).unwrap();
    symlink(&outside.0, &link).unwrap();
    during(
        |goes_on| {
            while goes_on() {
                fs::rename(&victim, &spare).unwrap();
                fs::rename(&link, &victim).unwrap();
                fs::rename(&victim, &link).unwrap();
                fs::rename(&spare, &victim).unwrap();
            }
        },
        || {
            for _ in 0..2_000 {
                tree.walk(|_| {});
            }
        },
    );
    assert_eq!([owner(&secret), owner(&outside.0)], [(0, 0); 2]);
}

/// What an attacker swaps in is a hard link to a file from elsewhere, which has two links then.
/// The attacker is another user, who may link the file because he may write to it. protected_hardlinks, proc_sys_fs(5)
fn a_linked_file_stays_while_names_are_swapped(
    attacked: &Path,
    directory_mode: u32,
    rounds: usize,
    walk: impl Fn() -> Summary,
) {
    let test = attacked.file_name().unwrap().to_str().unwrap();
    let outside = Tree::new(&format!("{test}-outside"));
    let secret = outside.file("secret");
    set_mode(&secret, 0o666);
    let (name, other) = (attacked.join("name"), attacked.join("other"));
    File::create(&name).unwrap();
    set_mode(attacked, directory_mode);
    chown(attacked, Some(99), Some(99)).unwrap();
    let linked = AtomicUsize::new(0);
    during(
        |goes_on| {
            rustix::thread::set_thread_res_uid(Uid::from_raw(99), Uid::from_raw(99), Uid::from_raw(99)).unwrap();
            while goes_on() {
                let _ = fs::remove_file(&other);
                let is_linked = fs::hard_link(&secret, &other).and_then(|()| fs::rename(&other, &name));
                linked.fetch_add(usize::from(is_linked.is_ok()), Ordering::Relaxed);
                let _ = File::create(&other).and_then(|_| fs::rename(&other, &name));
            }
        },
        || {
            let mut changed = 0;
            for _ in 0..rounds {
                let before = linked.load(Ordering::Relaxed);
                let begin = Instant::now();
                while linked.load(Ordering::Relaxed) == before {
                    assert!(begin.elapsed().as_secs() < 10, "the attacker is stuck");
                }
                changed += walk().changed;
                chown(attacked, Some(99), Some(99)).unwrap();
            }
            assert!(changed > 0);
        },
    );
    assert_eq!(owner(&secret), (0, 0));
    // How often a walk met the file alone was chance; left in peace, it changes that and the directory.
    fs::remove_file(&name).unwrap();
    File::create(&name).unwrap();
    assert!(walk().changed >= 2);
    assert_eq!(owner(&name), (1234, 2345));
}

#[test]
fn a_file_swapped_for_a_hard_link_is_not_changed() {
    let tree = Tree::new("swap");
    a_linked_file_stays_while_names_are_swapped(&tree.0, 0o777, 10_000, || tree.walk(|_| {}));
}

#[test]
fn a_directory_that_is_given_away_is_nobodys_to_swap_in() {
    let tree = Tree::new("swap-held");
    a_linked_file_stays_while_names_are_swapped(&tree.0, 0o755, 10_000, || tree.walk(|_| {}));
}

/// One of several directories, which either process may get.
fn a_linked_file_stays_while_two_processes_walk(test: &str, directory_mode: u32) {
    let tree = Tree::new(&format!("{test}-shared"));
    let names = ["a", "b", "c", "d", "e", "f"].map(|name| tree.0.join(name));
    for path in &names {
        fs::create_dir(path).unwrap();
        for index in 0..5 {
            File::create(path.join(index.to_string())).unwrap();
        }
    }
    let attacked = tree.0.join(test);
    fs::rename(&names[3], &attacked).unwrap();
    let by_helpers = AtomicUsize::new(0);
    let rounds = 2_000;
    a_linked_file_stays_while_names_are_swapped(&attacked, directory_mode, rounds, || {
        let (summary, seen_by_helpers) = shared::walk(&tree, |options| {
            shared::at_once(options);
            options.goal.always = true;
        });
        by_helpers.fetch_add(seen_by_helpers, Ordering::Relaxed);
        summary
    });
    assert!(by_helpers.into_inner() > rounds);
}

#[test]
fn a_file_swapped_for_a_hard_link_is_not_changed_by_a_helper() {
    a_linked_file_stays_while_two_processes_walk("swap-helper", 0o777);
}

#[test]
fn a_directory_that_a_helper_gives_away_is_nobodys_to_swap_in() {
    a_linked_file_stays_while_two_processes_walk("swap-helper-held", 0o755);
}

#[test]
fn a_mode_is_not_set_through_a_hard_link_that_is_swapped_in() {
    let tree = Tree::new("swap-mode");
    let outside = Tree::new("swap-mode-outside");
    let secret = outside.file("secret");
    set_mode(&secret, 0o600);
    let (name, other) = (tree.file("name"), tree.0.join("other"));
    chown(&tree.0, Some(99), Some(99)).unwrap();
    during(
        |goes_on| {
            while goes_on() {
                fs::hard_link(&secret, &other).unwrap();
                fs::rename(&other, &name).unwrap();
                File::create(&other).unwrap();
                fs::rename(&other, &name).unwrap();
            }
        },
        || {
            let mut set = 0;
            for _ in 0..60_000 {
                set += tree
                    .entry(c"name", |options| {
                        (options.goal.uid, options.goal.gid) = (None, None);
                        with_modes(options);
                    })
                    .modes_changed;
            }
            assert!(set > 0);
        },
    );
    assert_eq!(mode(&secret), 0o600);
}

#[test]
fn a_directory_is_held_by_root_alone_and_not_longer_than_its_entries_take() {
    let tree = Tree::new("held");
    chown(&tree.0, Some(99), Some(98)).unwrap();
    let guards = |uid| {
        let progress = &mut |_, _| true;
        let opened = File::open(&tree.0).unwrap();
        let options = Tree::options(|options| options.goal.uid = uid);
        let found = look(opened.as_fd(), c"", OWNER).unwrap();
        let mut walk = Walk::new(&options, Mount::seen(&found), 0, progress);
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
