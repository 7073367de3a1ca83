use std::fs::{File, create_dir, read_dir};
use std::net::TcpListener;
use std::os::fd::AsRawFd;

use super::*;
use crate::sys::{child, credentials, fd};
use rustix::io::Errno;

const READ_DIR: u64 = 1 << 3;
const MAKE_DIR: u64 = 1 << 7;
const BIND: u64 = 1;
const SIGNALS: u64 = 2;

#[test]
fn only_what_a_rule_names_is_left() {
    assert!(child::passes(|| {
        assert!(abi().unwrap() >= 6, "needs Linux 6.12");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        credentials::set_no_new_privileges().unwrap();
        let ruleset = create_ruleset(READ_DIR | MAKE_DIR, BIND, SIGNALS).unwrap();
        let usr = File::open("/usr").unwrap();
        add_path(ruleset, usr.as_raw_fd(), READ_DIR).unwrap();
        add_port(ruleset, port, BIND).unwrap();
        restrict_self(ruleset).unwrap();
        assert!(read_dir("/usr/bin").is_ok());
        assert!(read_dir("/etc").is_err());
        assert!(create_dir("/tmp/refused-by-landlock").is_err());
        assert!(TcpListener::bind(("127.0.0.1", port)).is_ok());
        assert!(TcpListener::bind("127.0.0.1:0").is_err());
    }));
}

#[test]
fn refusals_come_back_as_they_are() {
    assert!(child::passes(|| {
        let ruleset = create_ruleset(READ_DIR, 0, 0).unwrap();
        assert_eq!(fd::flags(ruleset), Ok(1), "close-on-exec");
        let file = File::open("/etc/passwd").unwrap();
        assert_eq!(add_path(ruleset, file.as_raw_fd(), READ_DIR), Err(Errno::INVAL));
        assert_eq!(add_path(ruleset, ruleset, READ_DIR), Err(Errno::BADFD));
        assert_eq!(add_port(ruleset, 80, BIND), Err(Errno::INVAL));
        assert_eq!(create_ruleset(1 << 60, 0, 0), Err(Errno::INVAL));
    }));
}
