//! The functions as JavaScript sees them.

use std::os::fd::{AsRawFd, OwnedFd};

use rquickjs_core::{Context, Ctx, Runtime};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

use super::Host;
use crate::border;

mod filters;
mod numbers;

fn with_host(run: impl FnOnce(&Ctx<'_>)) {
    let runtime = Runtime::new().unwrap();
    Context::full(&runtime).unwrap().with(|ctx| {
        border::install::<Host>(&ctx).unwrap();
        run(&ctx);
    });
}

fn answer(source: &str) -> String {
    let mut text = String::new();
    with_host(|ctx| {
        let source =
            format!("JSON.stringify({source}, (_, value) => typeof value === 'bigint' ? `${{value}}n` : value)");
        text = ctx.eval(source).unwrap();
    });
    text
}

#[test]
fn numbers_that_do_not_fit_are_refused_before_the_kernel_sees_them() {
    for call in [
        "setresuid(4294967296, 0, 0)",
        "setresuid(-1, 0, 0)",
        "setresuid(0.5, 0, 0)",
        "setresuid(4294967295, 0, 0)",
        "setresgid(0, 0, 4294967295)",
        "setresgid(0, NaN, 0)",
        "setresgid(0, 0, Infinity)",
        "setgroups([0, 4294967296])",
        "setgroups([1e300])",
        "setgroups([0, 4294967295])",
        "fchown(9999, 4294967295, undefined)",
        "fchown(9999, undefined, -1)",
        "fchownat(-100, '/nowhere', 4294967295, undefined, 0)",
        "mknodat(-100, '/nowhere/node', 0o020600, 4096, 0)",
        "mknodat(-100, '/nowhere/node', 0o020600, 0, 1048576)",
        "capset(-1n, 0n, 0n)",
        "capset(0n, 1n << 64n, 0n)",
        "sigmask(-1n)",
        "setrlimit(7, 1n << 64n, 0n)",
        "capbsetDrop(4294967296 + 40)",
        "mountSetattr(9999, -1n, 0n, 0n, false)",
        "poll([[0, 65536]], 0)",
        "poll([[0]], 0)",
        "close(4294967296)",
        "umask(-1)",
        "bindInet(0, '127.0.0.1', 65536)",
        "bindInet(0, '127.0.0.1\\udcff', 80)",
        "ownTree(0, {uid: 4294967295, gid: 0, user: {uid: 0, groups: []}, modes: {}})",
        "ownTree(0, {uid: 0, gid: 0, always: false, unusable: false, user: {uid: -1, groups: []}, modes: {}})",
        "ownTree(0, {uid: 0, gid: 0, always: false, unusable: true, user: {uid: 4294967295, groups: []}, modes: {}})",
        "ownTree(0, {uid: 0, gid: 0, always: false, unusable: true, user: {uid: 0, groups: [4294967295]}, modes: {}})",
        "ownTree(0, {uid: 0, gid: 0, always: false, unusable: false, user: {uid: 0, groups: []}, modes: {files: {clear: -1, set: 0}}})",
    ] {
        assert_eq!(answer(&format!("host.{call}")), "-22", "{call}");
    }
}

#[test]
fn a_nul_is_refused_where_the_kernel_wants_a_c_string() {
    for call in [
        "chdir('/\\0')",
        "chroot('/\\0')",
        "statat(-100, '\\0', 0)",
        "mkdirat(-100, 'a\\0b', 0o700)",
        "execve(['/\\0'], [], [], [])",
        "execve(['/nowhere'], ['a\\0'], [], [])",
        "execve(['/nowhere'], [], ['A=\\0'], [])",
        "symlinkat('a\\0', -100, 'b')",
    ] {
        assert_eq!(answer(&format!("host.{call}")), "-22", "{call}");
    }
    assert_eq!(answer("host.execve(['/nowhere'], ['a'], [], [])"), "[-2]");
    // What is passed over lets the next be tried.
    assert_eq!(
        answer("host.execve(['/', '/nowhere', '/'], ['a'], [], [13])"),
        "[-13,-2]"
    );
}

#[test]
fn kernel_errors_are_negative_numbers() {
    assert_eq!(answer("host.close(9999)"), "-9");
    assert_eq!(answer("host.openRead(-100, '/nowhere', 0, 0)"), "-2");
    assert_eq!(answer("host.capAmbientRaise(63)"), "-22");
    assert_eq!(answer("host.capAmbientLower(63)"), "-22");
    assert_eq!(answer("host.chroot('/nowhere')"), "-2");
    assert_eq!(
        answer("[1, 2, 64, 512].map((flag) => host.openRead(-100, '/', flag, 0))"),
        "[-22,-22,-22,-22]"
    );
    assert_eq!(answer("host.waitpid(1, 0)"), "-10");
    assert_eq!(answer("host.kill(2147483647, 0)"), "-3");
    assert_eq!(answer("host.pidfdOpen(-5)"), "-22");
}

#[test]
fn another_type_is_a_defect_and_throws() {
    with_host(|ctx| {
        for call in [
            "close('1')",
            "close()",
            "chdir(1)",
            "capset(0, 0, 0)",
            "setgroups(0)",
            "parseYaml()",
        ] {
            let name: String = ctx
                .eval(format!("try {{ host.{call}; 'no' }} catch (error) {{ error.name }}"))
                .unwrap();
            assert_eq!(name, "TypeError", "{call}");
        }
    });
}

#[test]
fn descriptors_close_on_exec_unless_meant_to_be_inherited() {
    let flags = "(() => {
        const [read, write] = host.pipe();
        const opened = host.openRead(-100, '/', 0, 0);
        const made = host.socket(1, 1, 0);
        const above = host.dupAbove(read, 300);
        const inherited = host.dupInherited(read, 301);
        const all = [read, write, opened, made, above, inherited];
        const flags = all.map((fd) => host.getFdFlags(fd));
        all.forEach((fd) => host.close(fd));
        return flags;
    })()";
    assert_eq!(answer(flags), "[1,1,1,1,1,0]");
}

#[test]
fn reading_is_bounded() {
    let read = |limit: u32| {
        answer(&format!(
            "(() => {{
                const [from, to] = host.pipe();
                host.write(to, 'ab\\udcff\\u00e9');
                host.close(to);
                const content = host.readAll(from, {limit});
                host.close(from);
                return content;
            }})()"
        ))
    };
    assert_eq!(read(5), "\"ab\\udcff\u{e9}\"");
    assert_eq!(read(4), "-27");
    assert_eq!(answer("host.poll([], 0)"), "[]");
}

#[test]
fn yaml_crosses_with_positions_and_faults() {
    assert_eq!(
        answer("host.parseYaml('a: [1]')"),
        r#"{"kind":"mapping","line":1,"column":1,"entries":[[{"kind":"scalar","line":1,"column":1,"text":"a","plain":true},{"kind":"sequence","line":1,"column":4,"items":[{"kind":"scalar","line":1,"column":5,"text":"1","plain":true}]}]]}"#
    );
    assert_eq!(
        answer("host.parseYaml('a: 1\\n\\u00e9\\udcff')"),
        r#"{"kind":"fault","line":2,"column":2,"fault":"syntax","message":"invalid UTF-8"}"#
    );
    assert_eq!(answer("typeof host.parseYaml('')"), r#""undefined""#);
}

#[test]
fn a_descriptor_reaches_the_other_end_of_a_socket() {
    use std::io::Read;
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let (mut read, write) = std::io::pipe().unwrap();
    let (socket, sent) = (ours.as_raw_fd(), write.as_raw_fd());
    assert_eq!(answer(&format!("host.sendDescriptor({socket}, {sent})")), "0");
    drop(write);
    let mut space = [core::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [9];
    recvmsg(
        &theirs,
        &mut [std::io::IoSliceMut::new(&mut byte)],
        &mut control,
        RecvFlags::empty(),
    )
    .unwrap();
    let received: Vec<OwnedFd> = control
        .drain()
        .flat_map(|message| match message {
            RecvAncillaryMessage::ScmRights(fds) => fds.collect(),
            _ => Vec::new(),
        })
        .collect();
    for fd in &received {
        rustix::io::write(fd, b"through").unwrap();
    }
    drop(received);
    let mut text = String::new();
    read.read_to_string(&mut text).unwrap();
    assert_eq!((byte, text.as_str()), ([0], "through"));
    assert_eq!(answer(&format!("host.sendDescriptor({socket}, 9999)")), "-9");
    assert_eq!(answer(&format!("host.sendDescriptor({}, 0)", read.as_raw_fd())), "-88");
}

/// The tools under Node have another parser; what both answer to these texts is written down.
/// `make fuzz` brings generated ones.
#[test]
fn yaml_is_read_as_under_node() {
    let usual = concat!(env!("CARGO_MANIFEST_DIR"), "/../test/fixtures/yaml-vectors.json");
    let file = std::env::var("YAML_VECTORS").unwrap_or_else(|_| usual.into());
    let vectors = std::fs::read_to_string(&file).unwrap();
    with_host(|ctx| {
        ctx.globals().set("vectors", vectors).unwrap();
        let report: String = ctx.eval(include_str!("yaml_vectors.js")).unwrap();
        let (counts, wrong) = report.split_once('\n').unwrap_or((&report, ""));
        assert_eq!(wrong, "", "{file}");
        let counts: Vec<usize> = counts.split(' ').map(|each| each.parse().unwrap()).collect();
        let (count, refused) = (counts[0], counts[1]);
        // Most of what was generated is read by both.
        assert!(count > 50 && refused * 10 < count, "{refused} of {count} refused");
    });
}
