//! What a walk has seen and done, and the form in which a helper sends it.

use alloc::borrow::{Cow, ToOwned};
use alloc::vec::Vec;

use rustix::io::Errno;

pub const KEPT_FAILURES: usize = 10;
const WORD: usize = size_of::<usize>();

#[derive(Debug, PartialEq)]
pub struct Failure {
    /// Below the top directory.
    pub path: Vec<u8>,
    pub call: Cow<'static, str>,
    pub errno: Errno,
}

#[derive(Debug, Default, PartialEq)]
pub struct Summary {
    pub seen: usize,
    pub changed: usize,
    pub modes_changed: usize,
    pub hard_linked: usize,
    pub other_mounts: usize,
    pub failures: Vec<Failure>,
    pub failed: usize,
    /// Of those, the refused changes of what does as it is.
    pub failed_but_met: usize,
}

impl Summary {
    pub fn add(&mut self, mut other: Self) {
        for (sum, count) in self.counts().into_iter().zip(other.counts()) {
            *sum += *count;
        }
        self.failures.append(&mut other.failures);
        self.failures.truncate(KEPT_FAILURES);
    }

    fn counts(&mut self) -> [&mut usize; 7] {
        [
            &mut self.seen,
            &mut self.changed,
            &mut self.modes_changed,
            &mut self.hard_linked,
            &mut self.other_mounts,
            &mut self.failed,
            &mut self.failed_but_met,
        ]
    }

    /// Numbers in this machine's form: both ends are this program.
    pub fn encode(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for count in self.counts() {
            bytes.extend_from_slice(&count.to_ne_bytes());
        }
        for Failure { path, call, errno } in &self.failures {
            let errno = errno.raw_os_error().unsigned_abs() as usize;
            for number in [errno, call.len(), path.len()] {
                bytes.extend_from_slice(&number.to_ne_bytes());
            }
            bytes.extend_from_slice(call.as_bytes());
            bytes.extend_from_slice(path);
        }
        bytes
    }

    /// Nothing when it is not whole.
    pub fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut summary = Self::default();
        for count in summary.counts() {
            *count = number(&mut bytes)?;
        }
        for _ in 0..summary.failed.min(KEPT_FAILURES) {
            let errno = Errno::from_raw_os_error(i32::try_from(number(&mut bytes)?).ok()?);
            let (call, path) = (number(&mut bytes)?, number(&mut bytes)?);
            let call = str::from_utf8(bytes.split_off(..call)?).ok()?.to_owned().into();
            let path = bytes.split_off(..path)?.to_owned();
            summary.failures.push(Failure { path, call, errno });
        }
        bytes.is_empty().then_some(summary)
    }
}

fn number(bytes: &mut &[u8]) -> Option<usize> {
    Some(usize::from_ne_bytes(bytes.split_off(..WORD)?.try_into().ok()?))
}
