//! The mount API by descriptor, and the classic calls for kernels and sandboxes without it.

use alloc::format;
use alloc::vec::Vec;
use core::ffi::CStr;
use rustix::fd::RawFd;

use rustix::io::Errno;
use rustix::mount::{
    self, FsMountFlags, FsOpenFlags, MountAttrFlags, MountFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags,
};

use super::fd::{borrow, release};
use super::{Result, check, files};

pub fn open_file_system(kind: &CStr) -> Result<i32> {
    mount::fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC).map(release)
}

pub fn configure_string(fd: RawFd, key: &CStr, value: &CStr) -> Result<i32> {
    mount::fsconfig_set_string(borrow(fd)?, key, value).map(|()| 0)
}

pub fn configure_flag(fd: RawFd, key: &CStr) -> Result<i32> {
    mount::fsconfig_set_flag(borrow(fd)?, key).map(|()| 0)
}

pub fn configure_create(fd: RawFd) -> Result<i32> {
    mount::fsconfig_create(borrow(fd)?).map(|()| 0)
}

pub fn mount_file_system(fd: RawFd, attributes: u32) -> Result<i32> {
    let attributes = MountAttrFlags::from_bits_retain(attributes);
    mount::fsmount(borrow(fd)?, FsMountFlags::FSMOUNT_CLOEXEC, attributes).map(release)
}

pub fn open_tree(dirfd: RawFd, path: &CStr, flags: u32) -> Result<i32> {
    let flags = OpenTreeFlags::from_bits_retain(flags) | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    mount::open_tree(borrow(dirfd)?, path, flags).map(release)
}

/// Both ends are the descriptors themselves, so that no path is looked up again.
pub fn move_mount(from: RawFd, to: RawFd) -> Result<i32> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    mount::move_mount(borrow(from)?, c"", borrow(to)?, c"", flags).map(|()| 0)
}

#[repr(C)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

/// A user namespace is looked at for `MOUNT_ATTR_IDMAP` alone.
pub fn set_attributes(
    [set, clear, propagation]: [u64; 3],
    fd: RawFd,
    recursive: bool,
    user_namespace: RawFd,
) -> Result<i32> {
    let attributes = MountAttributes {
        set,
        clear,
        propagation,
        user_namespace: u64::try_from(user_namespace).map_err(|_| Errno::BADF)?,
    };
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    let size = size_of::<MountAttributes>();
    // SAFETY: the kernel reads an empty C string and one structure of the given size; both outlive the call.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            fd,
            c"".as_ptr(),
            flags,
            &raw const attributes,
            size,
        )
    })
    .map(|_| 0)
}

/// Whether the calls by descriptor are there: each is asked for what it gives to nobody, and does nothing.
pub fn are_taken() -> Result<i32> {
    let calls = [
        libc::SYS_fsopen,
        libc::SYS_fsconfig,
        libc::SYS_fsmount,
        libc::SYS_open_tree,
        libc::SYS_move_mount,
    ];
    for call in calls {
        // SAFETY: the kernel knows no such descriptor and no such flags, and reads nothing at such an address.
        let result = check(unsafe { libc::syscall(call, -1_isize, -1_isize, -1_isize, -1_isize, -1_isize) });
        if let Err(errno @ (Errno::NOSYS | Errno::PERM)) = result {
            return Err(errno);
        }
    }
    Ok(0)
}

pub fn mount(source: &CStr, target: &CStr, kind: &CStr, flags: u32, data: &CStr) -> Result<i32> {
    mount::mount(source, target, kind, MountFlags::from_bits_retain(flags), data).map(|()| 0)
}

pub fn unmount(target: &CStr, flags: u32) -> Result<i32> {
    mount::unmount(target, UnmountFlags::from_bits_retain(flags)).map(|()| 0)
}

/// As `files::statx` tells it from Linux 5.8 on. proc_pid_fdinfo(5)
pub fn id_of(fd: RawFd) -> Result<u64> {
    let text = files::read_proc(&format!("fdinfo/{fd}"))?;
    text.split(|&byte| byte == b'\n')
        .find_map(|line| number(line.strip_prefix(b"mnt_id:")?.trim_ascii()))
        .ok_or(Errno::NOSYS)
}

/// Major and minor number of what is mounted, a pair for each mount. proc_pid_mountinfo(5)
pub fn devices() -> Result<Vec<(u32, u32)>> {
    let text = files::read_proc("mountinfo")?;
    Ok(text
        .split(|&byte| byte == b'\n')
        .filter_map(|line| {
            let mut numbers = line.split(|&byte| byte == b' ').nth(2)?.split(|&byte| byte == b':');
            Some((number(numbers.next()?)?, number(numbers.next()?)?))
        })
        .collect())
}

fn number<T: core::str::FromStr>(digits: &[u8]) -> Option<T> {
    str::from_utf8(digits).ok()?.parse().ok()
}
