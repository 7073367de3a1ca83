use std::fs::{self as files, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use super::content::Way;
use super::*;

/// A directory of its own for each test, removed at the end.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("abdicate-copy-{name}-{}", std::process::id()));
        for directory in ["from", "to"] {
            files::create_dir_all(path.join(directory)).unwrap();
        }
        Self(path)
    }

    fn write(&self, name: &str, content: &[u8]) {
        files::write(self.0.join(name), content).unwrap();
    }

    fn open(&self, name: &str) -> File {
        File::open(self.0.join(name)).unwrap()
    }

    fn copy(&self, change: impl FnOnce(&mut Options), tick: Tick<'_>) -> Summary {
        let mut options = Options {
            uid: None,
            gid: None,
            exclude: Patterns::default(),
            readable_by: None,
            attributes: false,
            unless_in: None,
        };
        change(&mut options);
        copy_plain(
            self.open("from").as_raw_fd(),
            self.open("to").as_raw_fd(),
            &options,
            tick,
            &mut |_, _| true,
        )
        .unwrap()
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = files::remove_dir_all(&self.0);
    }
}

fn sorted(names: &[CString]) -> Vec<&str> {
    let mut names: Vec<_> = names.iter().map(|name| name.to_str().unwrap()).collect();
    names.sort_unstable();
    names
}

fn patterns(list: &[&str]) -> Patterns {
    Patterns(list.iter().map(|each| CString::new(*each).unwrap()).collect())
}

#[test]
fn copies_what_is_plain_and_leaves_the_rest() {
    let tree = Tree::new("plain");
    for name in ["plain", "linked", "private", "there", "out.log"] {
        tree.write(&format!("from/{name}"), name.as_bytes());
    }
    tree.write("to/there", b"mine");
    files::hard_link(tree.0.join("from/linked"), tree.0.join("from/again")).unwrap();
    files::create_dir(tree.0.join("from/directory")).unwrap();
    std::os::unix::fs::symlink("nowhere", tree.0.join("from/link")).unwrap();
    fs::mknodat(fs::CWD, tree.0.join("from/pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    files::set_permissions(tree.0.join("from/private"), files::Permissions::from_mode(0o4711)).unwrap();
    let to = tree.open("to");
    let exclude = patterns(&["*.log"]);
    let done = tree.copy(
        |options| (options.exclude, options.unless_in) = (exclude, Some(to.as_raw_fd())),
        &mut |_| true,
    );
    assert_eq!((done.copied, done.failure), (3, None));
    assert_eq!(sorted(&done.directories), ["directory"]);
    assert_eq!(sorted(&done.left), ["again", "linked", "pipe"]);
    let mut names: Vec<_> = files::read_dir(tree.0.join("to"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["link", "plain", "private", "there"]);
    assert_eq!(files::read(tree.0.join("to/there")).unwrap(), b"mine");
    assert_eq!(
        files::metadata(tree.0.join("to/private")).unwrap().mode() & 0o7777,
        0o711
    );
}

#[test]
fn leaves_what_somebody_else_could_have_put_there() {
    let tree = Tree::new("shaped");
    tree.write("from/own", b"own");
    tree.write("from/closed", b"closed");
    files::set_permissions(tree.0.join("from/closed"), files::Permissions::from_mode(0o044)).unwrap();
    let me = files::metadata(tree.0.join("from/own")).unwrap().uid();
    let done = tree.copy(|options| options.readable_by = Some(me), &mut |_| true);
    assert_eq!((done.copied, sorted(&done.left)), (1, vec!["closed"]));
    let done = tree.copy(|options| options.readable_by = Some(me + 1), &mut |_| true);
    assert_eq!((done.copied, sorted(&done.left)), (0, vec!["closed", "own"]));
}

#[test]
fn ends_when_it_is_told_to() {
    let tree = Tree::new("told");
    for number in 0..3 * TICK_INTERVAL {
        tree.write(&format!("from/{number}"), b"");
    }
    let mut told = Vec::new();
    let done = tree.copy(|_| (), &mut |copied| {
        told.push(copied);
        told.len() < 2
    });
    assert_eq!(
        (told, done.copied),
        (vec![TICK_INTERVAL, 2 * TICK_INTERVAL], 2 * TICK_INTERVAL)
    );
}

#[test]
fn says_what_was_refused_and_where() {
    let tree = Tree::new("refused");
    tree.write("from/name", b"");
    tree.write("to/name", b"");
    let fault = Fault {
        call: "open",
        errno: Errno::EXIST,
        of_source: false,
    };
    let failure = Failure {
        name: c"name".into(),
        fault,
    };
    assert_eq!(tree.copy(|_| (), &mut |_| true).failure, Some(failure));
}

#[test]
fn every_way_copies_every_byte() {
    let tree = Tree::new("ways");
    let content: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
    tree.write("from/f", &content);
    for way in [Way::CopyFileRange, Way::Sendfile, Way::ReadAndWrite] {
        let (from, to) = (tree.open("from/f"), File::create(tree.0.join("to/f")).unwrap());
        let found = fs::fstat(&from).unwrap();
        let mut buffer = vec![0; BUFFER];
        let mut tick = || true;
        let mut work = Content::new(from.as_fd(), to.as_fd(), &mut buffer, &mut tick);
        work.way = way;
        assert_eq!(work.copy(&found), Ok(()));
        assert_eq!(files::read(tree.0.join("to/f")).unwrap(), content);
    }
}

/// Files of /proc say that they are empty, and copy_file_range(2) agrees.
#[test]
fn copies_what_has_no_size() {
    let tree = Tree::new("proc");
    let to = File::create(tree.0.join("to/f")).unwrap();
    let from = File::open("/proc/version").unwrap();
    assert_eq!(
        copy_content(from.as_raw_fd(), to.as_raw_fd(), &mut |_| true).unwrap(),
        None
    );
    assert_eq!(
        files::read(tree.0.join("to/f")).unwrap(),
        files::read("/proc/version").unwrap()
    );
}

#[test]
fn compares_names_and_finds_kinds() {
    let tree = Tree::new("compare");
    for name in ["from/f", "from/out.log", "to/f", "to/more"] {
        tree.write(name, b"");
    }
    for name in ["from/both", "to/both", "from/a", "to/f2"] {
        files::create_dir(tree.0.join(name)).unwrap();
    }
    tree.write("to/a", b"");
    let (from, to) = (tree.open("from"), tree.open("to"));
    let asked = |exclude: &[&str], unfinished: &[&str]| {
        let found = compare(
            from.as_raw_fd(),
            to.as_raw_fd(),
            &patterns(exclude),
            &patterns(unfinished),
        )
        .unwrap();
        (found.is_missing, sorted(&found.directories).join(" "))
    };
    assert_eq!(asked(&[], &[]), (true, "both".into()));
    assert_eq!(asked(&["*.log"], &[]), (false, "both".into()));
    assert_eq!(asked(&["*.log"], &["mo*"]), (true, String::new()));
    let found = kinds(from.as_raw_fd(), &patterns(&["bo??"])).unwrap();
    assert_eq!((sorted(&found.directories), sorted(&found.others)), (vec!["a"], vec![]));
}

/// The same as in `test/unit/report`, by the same rules.
#[test]
fn patterns_match_as_they_do_elsewhere() {
    for (name, pattern, expected) in [
        (c"abc", "abc", true),
        (c"abc", "a*", true),
        (c"abc", "*c", true),
        (c"abc", "a?c", true),
        (c"abc", "a?", false),
        (c"abc", "*b", false),
        (c"aXbXc", "a*b*c", true),
        (c"", "*", true),
        (c"", "?", false),
        (c"a*", "a\\*", true),
        (c"ab", "a\\*", false),
        (c"a\\b", "a\\\\b", true),
        (c"a\\b", "a\\b", true),
        (c"\xc3\xbc", "?", true),
        (c"\xff\xfe", "??", true),
        (c"mississippi", "*iss*ppi", true),
        (c"mississippi", "*iss*ppx", false),
    ] {
        assert_eq!(patterns(&[pattern]).match_any(name), expected, "{name:?} {pattern}");
    }
}
