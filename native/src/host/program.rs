//! What the program does by itself, outside of any function: it knows how it was called, writes, and ends.

pub use crate::sys::process::exit;
pub use crate::sys::start::{hold_signals, remember};

use alloc::format;

use crate::sys::process::limit;
use crate::sys::{Result, files};

pub const INTERNAL_FAILURE: i32 = 125;
/// `RLIMIT_AS`
const ADDRESS_SPACE: u32 = 9;

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
    let mut told = format!("abdicate: internal error: {what}\n");
    // Memory that is refused is no defect where it was limited: limits are there from before an init is made.
    if let Ok((most, _)) = limit(ADDRESS_SPACE)
        && most != u64::MAX
    {
        told += &format!("  it is under a limit of address space, {most} bytes (limits.as, ulimit -v)\n");
    }
    let _ = write_whole(2, told.as_bytes());
    INTERNAL_FAILURE
}
