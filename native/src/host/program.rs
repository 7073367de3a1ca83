//! What the program does by itself, outside of any function: it knows how it was called, writes, and ends.

pub use crate::sys::process::exit;
pub use crate::sys::start::{hold_signals, remember};

use alloc::format;

use crate::sys::{Result, files};

pub const INTERNAL_FAILURE: i32 = 125;

pub fn write_whole(fd: i32, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        let length = files::write(fd, bytes)?;
        bytes = &bytes[length as usize..];
    }
    Ok(())
}

/// Only a defect gets here: every expected failure is reported by the TypeScript side.
pub fn fail(what: &str) -> i32 {
    let what = what.strip_prefix("Error: ").unwrap_or(what).trim_end();
    let _ = write_whole(2, format!("abdicate: internal error: {what}\n").as_bytes());
    INTERNAL_FAILURE
}
