//! Every number that a call takes or gives, at the ends of its range: they go in, and come back, as what they are.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use super::answer;
use crate::sys::child;

/// The ends of the two halves of 32 bits, and one as directory services give them; 4294967295 is no id.
const IDS: [u32; 6] = [0, 1000, 2_147_483_647, 2_147_483_648, 2_246_052_396, 4_294_967_294];

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("abdicate-numbers-{name}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn ids_of_a_process() {
    for id in IDS {
        assert!(child::passes(|| {
            let calls = format!(
                "[host.setgroups([{id}]), host.setresgid({id}, {id}, {id}), host.setresuid({id}, {id}, 0),
                  host.getgroups(), host.getresgid(), host.getresuid()]"
            );
            assert_eq!(answer(&calls), format!("[0,0,0,[{id}],[{id},{id},{id}],[{id},{id},0]]"));
        }));
    }
}

#[test]
fn owners_of_files() {
    let directory = Directory::new("owners");
    let file = directory.0.join("file");
    fs::write(&file, "").unwrap();
    for id in IDS {
        let calls = format!(
            "(() => {{
                const file = {file:?};
                const fd = host.openRead(-100, file, 0, 0);
                const owner = ({{ uid, gid }}) => [uid, gid];
                const seen = [host.fchown(fd, {id}, 77), owner(host.fstat(fd)), host.fchown(fd, undefined, {id}), owner(host.fstat(fd))];
                seen.push(host.fchownat(-100, file, 77, 77, 0), owner(host.statat(-100, file, 0)));
                seen.push(host.fchownat(-100, file, {id}, {id}, 0), owner(host.statat(-100, file, 0)));
                host.close(fd);
                return seen;
            }})()"
        );
        assert_eq!(
            answer(&calls),
            format!("[0,[{id},77],0,[{id},{id}],0,[77,77],0,[{id},{id}]]")
        );
    }
}

#[test]
fn owners_of_trees() {
    let directory = Directory::new("trees");
    let top = &directory.0;
    let file = top.join("file");
    fs::write(&file, "").unwrap();
    fs::set_permissions(top, PermissionsExt::from_mode(0o770)).unwrap();
    for id in IDS {
        let calls = format!(
            "(() => {{
                const walk = (uid, gid, unusable, groups) => {{
                    const fd = host.openRead(-100, {top:?}, 0, 0);
                    const options = {{ uid, gid, always: false, unusable, user: {{ uid: {id}, groups }}, crossMounts: false, hardLinks: false, asksServer: true }};
                    const {{ changed }} = host.ownTree(fd, {{ ...options, maxDepth: 9, exclude: [] }}, () => {{}});
                    host.close(fd);
                    return changed;
                }};
                const changed = [walk(77, 77, false, []), walk({id}, {id}, false, []), walk({id}, {id}, false, [])];
                // What is the user's own, or a group's that it is in, it can use.
                changed.push(walk(78, 78, true, []), host.fchownat(-100, {top:?}, 77, {id}, 0), walk(78, 78, true, [{id}]));
                const {{ uid, gid }} = host.statat(-100, {file:?}, 0);
                return [...changed, uid, gid];
            }})()"
        );
        assert_eq!(answer(&calls), format!("[2,2,0,0,0,0,{id},{id}]"));
    }
}

#[test]
fn sizes_and_times() {
    let directory = Directory::new("sizes");
    let path = directory.0.join("file");
    let file = File::create(&path).unwrap();
    let look = || {
        answer(&format!(
            "[host.statat(-100, {path:?}, 0)].map(({{ size, mtime }}) => [size, mtime])[0]"
        ))
    };
    let second = Duration::from_secs;
    for (size, time, shown) in [
        (0_u64, UNIX_EPOCH - second(2), "-2"),
        (2_147_483_648, UNIX_EPOCH + second(2_147_483_648), "2147483648"),
        (1_099_511_627_777, UNIX_EPOCH + second(8_589_934_592), "8589934592"),
    ] {
        let calls = format!(
            "(() => {{ const fd = host.open(-100, {path:?}, 1, 0, 0); const cut = host.ftruncate(fd, {size}); host.close(fd); return cut; }})()"
        );
        assert_eq!(answer(&calls), "0");
        file.set_times(FileTimes::new().set_modified(time)).unwrap();
        assert_eq!(look(), format!("[{size},{shown}]"));
    }
}

#[test]
fn devices() {
    let directory = Directory::new("devices");
    for (major, minor) in [(0, 0), (255, 255), (256, 256), (4095, 1_048_575)] {
        let node = directory.0.join(format!("{major}-{minor}"));
        let calls =
            format!("[host.mknodat(-100, {node:?}, 0o020600, {major}, {minor}), host.statat(-100, {node:?}, 0).rdev]");
        assert_eq!(answer(&calls), format!(r#"[0,"{major}:{minor}"]"#));
    }
}

#[test]
fn whole_64_bits() {
    const CORE: u32 = 4;
    assert!(child::passes(|| {
        // 9 and 19 cannot be blocked.
        assert_eq!(
            answer("[host.sigmask((1n << 64n) - 1n), host.sigmask(0n)].at(-1)"),
            format!(r#""{}n""#, !(1_u64 << 8 | 1 << 18))
        );
        assert_eq!(
            answer("[host.capset(1n << 38n, 1n << 38n | 1n, 1n), host.capget(0)]"),
            format!(r#"[0,["{0}n","{1}n","1n"]]"#, 1_u64 << 38, (1_u64 << 38) | 1)
        );
        for hard in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 53) + 1, 1 << 31] {
            assert_eq!(
                answer(&format!(
                    "[host.setrlimit({CORE}, {hard}n, {hard}n), host.getrlimit({CORE})]"
                )),
                format!(r#"[0,["{hard}n","{hard}n"]]"#)
            );
        }
    }));
}

#[test]
fn all_32_bits() {
    const NEW_MOUNTS: u32 = 0x2_0000;
    const PRIVATE_BELOW: u32 = 0x4_4000;
    let directory = Directory::new("magic");
    assert!(child::passes(|| {
        let calls = format!(
            "(() => {{
                const made = [host.unshare({NEW_MOUNTS}), host.mount(['', '/', '', ''], {PRIVATE_BELOW}), host.mount(['none', {0:?}, 'ramfs', ''], 0)];
                const fd = host.openRead(-100, {0:?}, 0, 0);
                return [...made, host.fstatfs(fd)[0], host.closeRange(4294967295, 4294967295)];
            }})()",
            directory.0
        );
        assert_eq!(answer(&calls), format!("[0,0,0,{},0]", 0x8584_58f6_u32));
    }));
}
