//! Loop devices. loop(4)

use core::mem::offset_of;

use rustix::fd::RawFd;

use super::{Result, check};

const LOOP_SET_FD: libc::Ioctl = 0x4C00;
const LOOP_SET_STATUS64: libc::Ioctl = 0x4C04;
const LOOP_CONFIGURE: libc::Ioctl = 0x4C0A;
const LOOP_CTL_GET_FREE: libc::Ioctl = 0x4C82;

/// struct loop_info64
#[repr(C)]
struct LoopInfo {
    device: u64,
    inode: u64,
    real_device: u64,
    offset: u64,
    size_limit: u64,
    number: u32,
    encrypt_type: u32,
    encrypt_key_size: u32,
    flags: u32,
    file_name: [u8; 64],
    crypt_name: [u8; 64],
    encrypt_key: [u8; 32],
    init: [u64; 2],
}

/// struct loop_config
#[repr(C)]
struct LoopConfig {
    fd: u32,
    block_size: u32,
    info: LoopInfo,
    reserved: [u64; 8],
}

const _: () =
    assert!(size_of::<LoopInfo>() == 232 && size_of::<LoopConfig>() == 304 && offset_of!(LoopInfo, flags) == 52);

/// The part of a file that a device shows; a size of 0 is up to the end.
pub struct Part {
    pub offset: u64,
    pub size: u64,
    pub flags: u32,
}

impl Part {
    fn info(&self) -> LoopInfo {
        LoopInfo {
            device: 0,
            inode: 0,
            real_device: 0,
            offset: self.offset,
            size_limit: self.size,
            number: 0,
            encrypt_type: 0,
            encrypt_key_size: 0,
            flags: self.flags,
            file_name: [0; 64],
            crypt_name: [0; 64],
            encrypt_key: [0; 32],
            init: [0; 2],
        }
    }
}

/// The number of a device that nobody uses, made where there is none.
pub fn free_number(control: RawFd) -> Result<i32> {
    // SAFETY: no pointers.
    check(libc::c_long::from(unsafe { libc::ioctl(control, LOOP_CTL_GET_FREE) })).map(|number| number as i32)
}

/// All at once, so that nothing is left between.
pub fn configure(device: RawFd, backing: RawFd, part: &Part) -> Result<i32> {
    let config = LoopConfig {
        fd: backing as u32,
        block_size: 0,
        info: part.info(),
        reserved: [0; 8],
    };
    // SAFETY: the kernel reads one structure of its own layout, which outlives the call.
    check(libc::c_long::from(unsafe {
        libc::ioctl(device, LOOP_CONFIGURE, &raw const config)
    }))
    .map(|_| 0)
}

pub fn set_file(device: RawFd, backing: RawFd) -> Result<i32> {
    // SAFETY: no pointers.
    check(libc::c_long::from(unsafe { libc::ioctl(device, LOOP_SET_FD, backing) })).map(|_| 0)
}

pub fn set_status(device: RawFd, part: &Part) -> Result<i32> {
    let info = part.info();
    // SAFETY: as in `configure`.
    check(libc::c_long::from(unsafe {
        libc::ioctl(device, LOOP_SET_STATUS64, &raw const info)
    }))
    .map(|_| 0)
}
