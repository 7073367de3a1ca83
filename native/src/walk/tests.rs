use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{CWD, FileType, Uid};

use super::summary::KEPT_FAILURES;
use super::*;
use crate::sys::{child, mounts, process};

mod modes;
mod mounted;
mod owners;
mod shared;
mod shared_faults;
mod swapped;

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
            &mut |_, _| true,
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
            asks_server: false,
            max_depth: 256,
            exclude: Vec::new(),
            sharing: Sharing::WORTHWHILE,
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

/// An attacker alone keeps a processor busy, so that several at a time would keep the walks from theirs.
static ONE_ATTACK: Mutex<()> = Mutex::new(());

/// Walks while another thread attacks: over and over again, as long as it is told to go on.
fn during(attack: impl FnOnce(&dyn Fn() -> bool) + Send, walks: impl FnOnce()) {
    let _alone = ONE_ATTACK.lock().unwrap_or_else(PoisonError::into_inner);
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| attack(&|| !is_over.load(Ordering::Relaxed)));
        let _stop = Stop(&is_over);
        walks();
    });
}
