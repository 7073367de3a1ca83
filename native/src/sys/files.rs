//! Files and directories, always relative to a descriptor and always close-on-exec.

use alloc::ffi::CString;
use alloc::format;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::mem::MaybeUninit;
use rustix::fd::{AsRawFd, BorrowedFd, RawFd};

use rustix::buffer::spare_capacity;
use rustix::fs::{self, Access, AtFlags, FileType, Gid, Mode, OFlags, ResolveFlags, Stat, Statx, StatxFlags, Uid};
use rustix::io::Errno;

use super::fd::{borrow, release};
use super::{Result, check, credentials, is_missing, retry};

/// The same number on every architecture; the C library's headers know it on some alone.
const FCHMODAT2: libc::c_long = 452;

pub fn open(dirfd: RawFd, path: &CStr, flags: u32, mode: u32, resolve: u64) -> Result<i32> {
    let flags = OFlags::from_bits_retain(flags) | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(mode);
    let directory = borrow(dirfd)?;
    // Plain openat where no restriction is asked for: it exists everywhere, and openat2 does not.
    let opened = if resolve == 0 {
        retry(|| fs::openat(directory, path, flags, mode))
    } else {
        retry(|| fs::openat2(directory, path, flags, mode, ResolveFlags::from_bits_retain(resolve)))
    };
    opened.map(release)
}

/// Refuses whatever would write, create or truncate.
pub fn open_read(dirfd: RawFd, path: &CStr, flags: u32, resolve: u64) -> Result<i32> {
    let writing = OFlags::WRONLY | OFlags::RDWR | OFlags::CREATE | OFlags::TRUNC;
    if OFlags::from_bits_retain(flags).intersects(writing) {
        return Err(Errno::INVAL);
    }
    open(dirfd, path, flags, 0, resolve)
}

pub fn fstat(fd: RawFd) -> Result<Stat> {
    fs::fstat(borrow(fd)?)
}

pub fn stat_at(dirfd: RawFd, path: &CStr, flags: u32) -> Result<Stat> {
    fs::statat(borrow(dirfd)?, path, AtFlags::from_bits_retain(flags))
}

/// Never mounts what is to be mounted when it is looked at; fstatat(2) does not either, since the same kernel. Without the mount where a
/// filter refuses the call, for which rustix says ENOSYS, or gVisor the flag.
pub fn statx(directory: BorrowedFd<'_>, path: &CStr, flags: AtFlags, wanted: StatxFlags) -> Result<Statx> {
    match fs::statx(directory, path, flags | AtFlags::NO_AUTOMOUNT, wanted) {
        Err(Errno::NOSYS | Errno::INVAL) => {
            fs::statat(directory, path, flags - AtFlags::STATX_DONT_SYNC).map(|found| as_statx(&found))
        }
        result => result,
    }
}

fn as_statx(found: &Stat) -> Statx {
    // SAFETY: a structure of numbers, of which zero is one. It can be made in no other way.
    let mut all: Statx = unsafe { core::mem::zeroed() };
    all.stx_mask = StatxFlags::BASIC_STATS.bits();
    all.stx_mode = found.st_mode as u16;
    (all.stx_uid, all.stx_gid) = (found.st_uid, found.st_gid);
    all.stx_nlink = u32::try_from(found.st_nlink).unwrap_or(u32::MAX);
    all.stx_ino = found.st_ino;
    (all.stx_dev_major, all.stx_dev_minor) = (fs::major(found.st_dev), fs::minor(found.st_dev));
    all.stx_ctime.tv_sec = found.st_ctime;
    all.stx_ctime.tv_nsec = found.st_ctime_nsec as u32;
    all
}

pub fn read_link(dirfd: RawFd, path: &CStr) -> Result<CString> {
    fs::readlinkat(borrow(dirfd)?, path, Vec::new())
}

/// What one read(2) gives.
pub fn read(fd: RawFd, limit: usize) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(limit).map_err(|_| Errno::NOMEM)?;
    retry(|| rustix::io::read(borrow(fd)?, spare_capacity(&mut buffer)))?;
    buffer.truncate(limit);
    Ok(buffer)
}

/// As `read`, from a place of its own.
pub fn read_at(fd: RawFd, offset: u64, limit: usize) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(limit).map_err(|_| Errno::NOMEM)?;
    retry(|| rustix::io::pread(borrow(fd)?, spare_capacity(&mut buffer), offset))?;
    buffer.truncate(limit);
    Ok(buffer)
}

/// As both, into what is there.
pub fn read_into(fd: RawFd, bytes: &mut [u8]) -> Result<usize> {
    retry(|| rustix::io::read(borrow(fd)?, &mut *bytes))
}

pub fn read_at_into(fd: RawFd, offset: u64, bytes: &mut [u8]) -> Result<usize> {
    retry(|| rustix::io::pread(borrow(fd)?, &mut *bytes, offset))
}

/// Everything up to the end, or EFBIG as soon as it is more than the limit.
pub fn read_all(fd: RawFd, limit: usize) -> Result<Vec<u8>> {
    const CHUNK: usize = 16 * 1024;
    let mut content = Vec::new();
    loop {
        let filled = content.len();
        content.resize(filled + CHUNK.min(limit + 1 - filled), 0);
        let count = retry(|| rustix::io::read(borrow(fd)?, &mut content[filled..]))?;
        content.truncate(filled + count);
        match content.len() {
            _ if count == 0 => return Ok(content),
            length if length > limit => return Err(Errno::FBIG),
            _ => {}
        }
    }
}

pub fn write(fd: RawFd, bytes: &[u8]) -> Result<i32> {
    let count = retry(|| rustix::io::write(borrow(fd)?, bytes))?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}

pub fn directory_names(fd: RawFd) -> Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    let mut buffer = Vec::with_capacity(32 * 1024);
    let mut entries = fs::RawDir::new(borrow(fd)?, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let name = entry?.file_name().to_bytes().to_vec();
        if name != b"." && name != b".." {
            names.push(name);
        }
    }
    Ok(names)
}

/// From the beginning, without a heap.
pub fn each_name(fd: RawFd, mut work: impl FnMut(&[u8])) -> Result<()> {
    let mut buffer = [MaybeUninit::uninit(); 2048];
    fs::seek(borrow(fd)?, fs::SeekFrom::Start(0))?;
    let mut entries = fs::RawDir::new(borrow(fd)?, &mut buffer);
    while let Some(entry) = entries.next() {
        work(entry?.file_name().to_bytes());
    }
    Ok(())
}

/// Magic number and ST_ flags.
pub fn file_system(fd: RawFd) -> Result<(u64, u64)> {
    const ST_VALID: u64 = 0x20;
    let found = fs::fstatfs(borrow(fd)?)?;
    Ok((found.f_type.cast_unsigned(), found.f_flags.cast_unsigned() & !ST_VALID))
}

/// Bytes, those that are free for others than root, inodes, and those of them that are free.
pub fn space(fd: RawFd) -> Result<[u64; 4]> {
    let found = fs::fstatfs(borrow(fd)?)?;
    let block = found.f_bsize.cast_unsigned();
    Ok([
        found.f_blocks * block,
        found.f_bavail * block,
        found.f_files,
        found.f_ffree,
    ])
}

/// Of any descriptor, that of `O_PATH` too, which fgetxattr(2) refuses.
pub fn get_attribute(fd: RawFd, name: &CStr) -> Result<Vec<u8>> {
    let mut value = vec![0; 64 * 1024];
    let count = match fs::fgetxattr(borrow(fd)?, name, &mut value[..]) {
        Err(Errno::BADF) => fs::getxattr(path_of(fd)?.as_c_str(), name, &mut value[..])?,
        result => result?,
    };
    value.truncate(count);
    Ok(value)
}

/// Their names.
pub fn list_attributes(fd: RawFd) -> Result<Vec<Vec<u8>>> {
    let mut names = vec![0; 64 * 1024];
    let count = fs::flistxattr(borrow(fd)?, &mut names[..])?;
    let ended = names[..count].split_inclusive(|&byte| byte == 0);
    Ok(ended.map(|name| name[..name.len() - 1].to_vec()).collect())
}

/// As `get_attribute`.
pub fn remove_attribute(fd: RawFd, name: &CStr) -> Result<i32> {
    match fs::fremovexattr(borrow(fd)?, name) {
        Err(Errno::BADF) => fs::removexattr(path_of(fd)?.as_c_str(), name),
        result => result,
    }
    .map(|()| 0)
}

/// Leads to what is open.
fn path_of(fd: RawFd) -> Result<CString> {
    path_in_proc(&format!("fd/{fd}"))
}

/// In the real /proc alone: what else is called so could lead anywhere. ENOSYS without it. proc(5)
fn path_in_proc(name: &str) -> Result<CString> {
    const PROC_SUPER_MAGIC: u64 = 0x9fa0;
    match fs::statfs(c"/proc/self") {
        Ok(found) if found.f_type.cast_unsigned() == PROC_SUPER_MAGIC => {
            CString::new(format!("/proc/self/{name}")).map_err(|_| Errno::INVAL)
        }
        _ => Err(Errno::NOSYS),
    }
}

/// A file of /proc/self, whole.
pub fn read_proc(name: &str) -> Result<Vec<u8>> {
    const LIMIT: usize = 4 << 20;
    let file = fs::openat(
        fs::CWD,
        path_in_proc(name)?,
        OFlags::RDONLY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    read_all(file.as_raw_fd(), LIMIT)
}

pub fn set_attribute(fd: RawFd, name: &CStr, value: &[u8]) -> Result<i32> {
    fs::fsetxattr(borrow(fd)?, name, value, fs::XattrFlags::empty()).map(|()| 0)
}

/// By the effective ids and capabilities. Kernels before 5.8 only answer for the real ids, with the permitted capabilities, or none for who
/// is not root: good where that is the same. access(2)
pub fn access(dirfd: RawFd, path: &CStr, mode: u32) -> Result<i32> {
    let directory = borrow(dirfd)?;
    let (at, name) = (directory.as_raw_fd(), path.as_ptr());
    // SAFETY: the path is a C string that outlives the call; the kernel only reads it.
    match check(unsafe { libc::syscall(libc::SYS_faccessat2, at, name, mode, libc::AT_EACCESS) }) {
        Err(errno) if is_missing(errno) && is_real_effective()? => {
            fs::accessat(directory, path, Access::from_bits_retain(mode), AtFlags::empty()).map(|()| 0)
        }
        result => result.map(|_| 0),
    }
}

fn is_real_effective() -> Result<bool> {
    let [effective, permitted, _] = credentials::capget(0)?;
    let ([uid, effective_uid, _], [gid, effective_gid, _]) = (credentials::user_ids(), credentials::group_ids());
    let counted = if uid == 0 { permitted } else { 0 };
    Ok((uid, gid, counted) == (effective_uid, effective_gid, effective))
}

pub fn make_directory(dirfd: RawFd, path: &CStr, mode: u32) -> Result<i32> {
    fs::mkdirat(borrow(dirfd)?, path, Mode::from_raw_mode(mode)).map(|()| 0)
}

pub fn make_node(dirfd: RawFd, path: &CStr, mode: u32, major: u32, minor: u32) -> Result<i32> {
    let kind = FileType::from_raw_mode(mode);
    // What the kernel has room for, and would cut without a word.
    let device = u32::try_from(fs::makedev(major, minor)).map_err(|_| Errno::INVAL)?;
    fs::mknodat(borrow(dirfd)?, path, kind, Mode::from_raw_mode(mode), device.into()).map(|()| 0)
}

pub fn symlink(target: &CStr, dirfd: RawFd, path: &CStr) -> Result<i32> {
    fs::symlinkat(target, borrow(dirfd)?, path).map(|()| 0)
}

pub fn link(from_dirfd: RawFd, from: &CStr, to_dirfd: RawFd, to: &CStr) -> Result<i32> {
    fs::linkat(borrow(from_dirfd)?, from, borrow(to_dirfd)?, to, AtFlags::empty()).map(|()| 0)
}

pub fn unlink(dirfd: RawFd, path: &CStr, flags: u32) -> Result<i32> {
    fs::unlinkat(borrow(dirfd)?, path, AtFlags::from_bits_retain(flags)).map(|()| 0)
}

pub fn rename(from_dirfd: RawFd, from: &CStr, to_dirfd: RawFd, to: &CStr, flags: u32) -> Result<i32> {
    let (from_directory, to_directory) = (borrow(from_dirfd)?, borrow(to_dirfd)?);
    let flags = fs::RenameFlags::from_bits_retain(flags);
    if flags.is_empty() {
        fs::renameat(from_directory, from, to_directory, to)
    } else {
        fs::renameat_with(from_directory, from, to_directory, to, flags)
    }
    .map(|()| 0)
}

pub fn change_mode(fd: RawFd, mode: u32) -> Result<i32> {
    set_mode(borrow(fd)?, mode).map(|()| 0)
}

/// For any descriptor, that of `O_PATH` too, which fchmod(2) refuses.
pub fn set_mode(fd: BorrowedFd<'_>, mode: u32) -> Result<()> {
    match fs::fchmod(fd, Mode::from_raw_mode(mode)) {
        Err(Errno::BADF) => {}
        result => return result,
    }
    match change_mode_of_path(fd, mode) {
        // Kernels before 6.6, and filters that do not know the call.
        Err(errno) if is_missing(errno) => {
            let path = path_of(fd.as_raw_fd())?;
            fs::chmodat(fs::CWD, path.as_c_str(), Mode::from_raw_mode(mode), AtFlags::empty())
        }
        result => result,
    }
}

fn change_mode_of_path(fd: BorrowedFd<'_>, mode: u32) -> Result<()> {
    let flags = AtFlags::EMPTY_PATH.bits();
    // SAFETY: the path is a static C string that the kernel only reads.
    check(unsafe { libc::syscall(FCHMODAT2, fd.as_raw_fd(), c"".as_ptr(), mode, flags) }).map(|_| ())
}

pub fn change_owner(fd: RawFd, uid: Option<u32>, gid: Option<u32>) -> Result<i32> {
    fs::fchown(borrow(fd)?, uid.map(Uid::from_raw), gid.map(Gid::from_raw)).map(|()| 0)
}

pub fn change_owner_at(dirfd: RawFd, path: &CStr, uid: Option<u32>, gid: Option<u32>, flags: u32) -> Result<i32> {
    set_owner(borrow(dirfd)?, path, uid, gid, AtFlags::from_bits_retain(flags)).map(|()| 0)
}

/// Of any descriptor by an empty path, which gVisor does not know for that of `O_PATH`.
pub fn set_owner(at: BorrowedFd<'_>, path: &CStr, uid: Option<u32>, gid: Option<u32>, flags: AtFlags) -> Result<()> {
    let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
    match fs::chownat(at, path, uid, gid, flags) {
        Err(Errno::BADF) if path.is_empty() => {
            let named = path_of(at.as_raw_fd())?;
            fs::chownat(fs::CWD, named.as_c_str(), uid, gid, AtFlags::empty())
        }
        result => result,
    }
}

pub fn synchronise(fd: RawFd) -> Result<i32> {
    retry(|| fs::fsync(borrow(fd)?)).map(|()| 0)
}

pub fn synchronise_file_system(fd: RawFd) -> Result<i32> {
    fs::syncfs(borrow(fd)?).map(|()| 0)
}

pub fn truncate(fd: RawFd, length: u64) -> Result<i32> {
    retry(|| fs::ftruncate(borrow(fd)?, length)).map(|()| 0)
}

/// Types as in fcntl(2). Of its end the kernel tells by a signal that does nothing where SIGIO would end us.
pub fn lease(fd: RawFd, kind: i32) -> Result<i32> {
    const F_SETSIG: i32 = 10;
    // SAFETY: no pointers.
    check(unsafe { libc::syscall(libc::SYS_fcntl, fd, F_SETSIG, libc::SIGURG) })?;
    // SAFETY: no pointers.
    check(unsafe { libc::syscall(libc::SYS_fcntl, fd, libc::F_SETLEASE, kind) }).map(|_| 0)
}

/// Operations as in flock(2).
pub fn lock(fd: RawFd, operation: i32) -> Result<i32> {
    // SAFETY: no pointers. rustix has a closed enum for the operation; the border has the kernel's number.
    retry(|| check(unsafe { libc::syscall(libc::SYS_flock, fd, operation) })).map(|_| 0)
}

/// A part of an opened file, for as long as anybody has it open, the kernel itself included; a length of 0 is up to the end. F_OFD_SETLK
pub fn lock_part(fd: RawFd, is_exclusive: bool, start: i64, length: i64) -> Result<i32> {
    let kind = if is_exclusive { libc::F_WRLCK } else { libc::F_RDLCK };
    let lock = libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: start,
        l_len: length,
        l_pid: 0,
    };
    // SAFETY: the kernel reads one structure of its own layout, which outlives the call.
    retry(|| check(unsafe { libc::syscall(libc::SYS_fcntl, fd, libc::F_OFD_SETLK, &raw const lock) })).map(|_| 0)
}
