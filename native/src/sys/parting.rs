//! A fork whose parent becomes another program at once, while the child waits. Nothing of the engine's memory is written to meanwhile: that
//! lies in a huge page, which the kernel would split and copy for whoever wrote first, and hand out cold to the next start.

use alloc::vec::Vec;

use rustix::fd::RawFd;
use rustix::io::Errno;

use super::process::{self, Given};
use super::{Result, fd, files};

/// What the parent becomes, all of it laid out before.
pub struct Becoming<'strings> {
    pub program: RawFd,
    pub given: Given<'strings>,
    /// The place in the environment of the variable that holds the child's pid.
    pub pid_at: Option<usize>,
    /// Gets the child's pid and the text.
    pub told: RawFd,
    pub text: Vec<u8>,
    /// Two descriptors, and the numbers that they get.
    pub moved: [(RawFd, RawFd); 2],
}

/// 0 in the child, which goes on when all other ends of `gone` are closed: when its parent has become the program, or has ended.
/// Comes back in the parent only with the child's pid and the reason why not.
pub fn part(mut parent: Becoming<'_>, [gone, end]: [RawFd; 2]) -> Result<(i32, i32)> {
    let child = process::fork()?;
    if child == 0 {
        let _ = fd::close(end);
        let _ = files::read_into(gone, &mut [0]);
        let _ = fd::close(gone);
        return Ok((0, 0));
    }
    Ok((child, parent.become_it(child).raw_os_error()))
}

impl Becoming<'_> {
    fn become_it(&mut self, child: i32) -> Errno {
        let mut line = *b"LISTEN_PID=\0\0\0\0\0\0\0\0\0\0\0\0";
        let name = b"LISTEN_PID=".len();
        let length = write_number(child, &mut line[name..]);
        process::say(self.told, &line[name..name + length]);
        process::say(self.told, &self.text);
        for (from, to) in self.moved {
            if let Err(errno) = fd::duplicate_inherited(from, to) {
                return errno;
            }
        }
        if let Some(place) = self.pid_at {
            self.given.set_variable(place, line.as_ptr().cast());
        }
        self.given.execute_at(self.program, c"")
    }
}

/// In decimal digits, without taking memory; returns how many.
fn write_number(number: i32, to: &mut [u8]) -> usize {
    let mut digits = [0; 10];
    let (mut rest, mut at) = (number.unsigned_abs(), digits.len());
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let written = &digits[at..];
    to[..written.len()].copy_from_slice(written);
    written.len()
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_written_as_they_are() {
        for number in [0, 7, 10, 4_194_304, i32::MAX] {
            let mut text = [0; 12];
            let length = super::write_number(number, &mut text);
            assert_eq!(&text[..length], number.to_string().as_bytes());
        }
    }
}
