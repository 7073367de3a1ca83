//! Numbers as text, where there is no heap to make it on.

/// The longest that there is, with its sign.
pub type Space = [u8; 11];

pub fn of(number: i32, space: &mut Space) -> &[u8] {
    let mut rest = number.unsigned_abs();
    let mut at = space.len();
    loop {
        at -= 1;
        space[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        at -= 1;
        space[at] = b'-';
    }
    &space[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_those_of_the_number() {
        for number in [0, 7, -12, 10, 4_194_304, i32::MAX, i32::MIN] {
            assert_eq!(of(number, &mut Space::default()), number.to_string().as_bytes());
        }
    }
}
