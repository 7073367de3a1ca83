//! Sockets: made, bound and connected here, spoken to by the workload.

use core::mem::MaybeUninit;
use core::net::{IpAddr, SocketAddr};
use rustix::fd::RawFd;

use rustix::io::{Errno, IoSlice};
use rustix::net::{self, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix};

use super::fd::borrow;
use super::{Result, check, retry};

pub fn socket(domain: i32, kind: i32, protocol: i32) -> Result<i32> {
    // SAFETY: no pointers. rustix has closed types for what the border has as the kernel's numbers.
    check(unsafe { libc::syscall(libc::SYS_socket, domain, kind | libc::SOCK_CLOEXEC, protocol) }).map(|fd| fd as i32)
}

pub fn set_option(fd: RawFd, level: i32, option: i32, value: i32) -> Result<i32> {
    let length = size_of::<i32>();
    // SAFETY: the kernel reads one int that outlives the call.
    check(unsafe { libc::syscall(libc::SYS_setsockopt, fd, level, option, &raw const value, length) }).map(|_| 0)
}

fn internet(address: &[u8], port: u16) -> Result<SocketAddr> {
    let text = str::from_utf8(address).map_err(|_| Errno::INVAL)?;
    let ip = text.parse::<IpAddr>().map_err(|_| Errno::INVAL)?;
    Ok(SocketAddr::new(ip, port))
}

/// A path, or an abstract name behind `@`.
fn unix(path: &[u8]) -> Result<SocketAddrUnix> {
    match path.strip_prefix(b"@") {
        Some(name) => SocketAddrUnix::new_abstract_name(name),
        None => SocketAddrUnix::new(path),
    }
}

pub fn bind_internet(fd: RawFd, address: &[u8], port: u16) -> Result<i32> {
    net::bind(borrow(fd)?, &internet(address, port)?).map(|()| 0)
}

pub fn bind_unix(fd: RawFd, path: &[u8]) -> Result<i32> {
    net::bind(borrow(fd)?, &unix(path)?).map(|()| 0)
}

pub fn listen(fd: RawFd, backlog: i32) -> Result<i32> {
    net::listen(borrow(fd)?, backlog).map(|()| 0)
}

pub fn connect_internet(fd: RawFd, address: &[u8], port: u16) -> Result<i32> {
    net::connect(borrow(fd)?, &internet(address, port)?).map(|()| 0)
}

pub fn connect_unix(fd: RawFd, path: &[u8]) -> Result<i32> {
    net::connect(borrow(fd)?, &unix(path)?).map(|()| 0)
}

/// The number of bytes that were taken; EPIPE, and no signal, when nobody will read them.
pub fn send(fd: RawFd, bytes: &[u8]) -> Result<i32> {
    let count = retry(|| net::send(borrow(fd)?, bytes, SendFlags::NOSIGNAL))?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}

/// A message has at least one byte, so that the descriptor has something to travel with.
pub fn send_descriptor(socket: RawFd, fd: RawFd) -> Result<i32> {
    let descriptors = [borrow(fd)?];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = SendAncillaryBuffer::new(&mut space);
    rights.push(SendAncillaryMessage::ScmRights(&descriptors));
    let byte = [IoSlice::new(&[0])];
    retry(|| net::sendmsg(borrow(socket)?, &byte, &mut rights, SendFlags::NOSIGNAL)).map(|_| 0)
}
