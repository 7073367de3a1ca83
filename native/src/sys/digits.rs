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

const DAY_MS: u64 = 86_400_000;

/// RFC 3339 in UTC, of milliseconds since the epoch. Years are counted from March, so that a leap day is the last of one; 400 of them are
/// 146,097 days, and 719,468 days lie between the first of March of year 0 and the epoch.
pub fn date(ms: u64) -> [u8; 24] {
    let days = ms / DAY_MS + 719_468;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let year = year + days / 146_097 * 400 + u64::from(month <= 2);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    for (end, digits, number) in [
        (4, 4, year),
        (7, 2, month),
        (10, 2, day),
        (13, 2, ms / 3_600_000 % 24),
        (16, 2, ms / 60_000 % 60),
        (19, 2, ms / 1000 % 60),
        (23, 3, ms % 1000),
    ] {
        let mut rest = number;
        for place in text[end - digits..end].iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
    }
    text
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

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_200_007, "2024-03-01T00:00:00.007Z"),
            (1_767_225_599_000, "2025-12-31T23:59:59.000Z"),
            (1_767_225_600_123, "2026-01-01T00:00:00.123Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(date(ms), text.as_bytes());
        }
    }
}
