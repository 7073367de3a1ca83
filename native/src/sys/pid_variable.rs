//! The variable by which a program knows that sockets were passed to it and to nobody else, made without a heap. sd_listen_fds(3)

use super::digits::{self, Space};

const NAME: &[u8] = b"LISTEN_PID=";
/// The name, the longest number and the end.
const LENGTH: usize = NAME.len() + 10 + 1;

pub struct PidVariable([u8; LENGTH]);

impl PidVariable {
    pub fn of(pid: i32) -> Self {
        let mut entry = [0; LENGTH];
        entry[..NAME.len()].copy_from_slice(NAME);
        let mut space = Space::default();
        let digits = digits::of(pid, &mut space);
        entry[NAME.len()..][..digits.len()].copy_from_slice(digits);
        Self(entry)
    }

    pub const fn as_ptr(&self) -> *const libc::c_char {
        self.0.as_ptr().cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ffi::CStr;

    #[test]
    fn is_a_name_and_a_number() {
        for pid in [1, 4_194_304, i32::MAX] {
            let variable = PidVariable::of(pid);
            assert_eq!(
                CStr::from_bytes_until_nul(&variable.0).unwrap().to_str(),
                Ok(format!("LISTEN_PID={pid}").as_str())
            );
        }
    }
}
