//! On which mount an entry lies.

use alloc::vec::Vec;
use rustix::fd::{AsRawFd, BorrowedFd};

use rustix::fs::{Statx, StatxFlags};

use super::look::is_directory;
use crate::sys;

/// The mount that is walked. Linux 5.8 and later tell the mount of whatever is looked at.
pub struct Mount {
    id: Option<u64>,
    device: (u32, u32),
    /// Of every mount, as far as they are to be had; only asked for where ids are not told.
    devices: Vec<(u32, u32)>,
    /// Whether a look by name tells the mount.
    pub is_told: bool,
}

impl Mount {
    pub fn opened(top: BorrowedFd<'_>, found: &Statx) -> Self {
        let seen = Self::seen(found);
        if seen.is_told {
            return seen;
        }
        Self {
            id: asked(top),
            devices: sys::mounts::devices().unwrap_or_default(),
            ..seen
        }
    }

    pub fn seen(found: &Statx) -> Self {
        let id = told(found);
        Self {
            id,
            device: device_of(found),
            devices: Vec::new(),
            is_told: id.is_some(),
        }
    }

    /// Where neither the look tells the mount nor, of what was opened, /proc, by the device: a bind mount of the same device then looks
    /// the same.
    pub fn has(&self, opened: Option<BorrowedFd<'_>>, found: &Statx) -> bool {
        match (self.id, told(found).or_else(|| asked(opened?))) {
            (Some(this), Some(other)) => this == other,
            _ => self.has_device(found),
        }
    }

    /// Files of an overlay may have devices that are no mount's.
    fn has_device(&self, found: &Statx) -> bool {
        let device = device_of(found);
        device == self.device || (!is_directory(found) && !self.devices.is_empty() && !self.devices.contains(&device))
    }
}

fn told(found: &Statx) -> Option<u64> {
    let mask = StatxFlags::from_bits_retain(found.stx_mask);
    mask.contains(StatxFlags::MNT_ID).then_some(found.stx_mnt_id)
}

/// gVisor does not tell it there.
fn asked(opened: BorrowedFd<'_>) -> Option<u64> {
    sys::mounts::id_of(opened.as_raw_fd()).ok()
}

fn device_of(found: &Statx) -> (u32, u32) {
    (found.stx_dev_major, found.stx_dev_minor)
}
