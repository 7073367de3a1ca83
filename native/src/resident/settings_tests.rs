use super::*;

fn filled(text: &[u8]) -> Buffer {
    let mut buffer = Buffer::new();
    buffer.bytes[..text.len()].copy_from_slice(text);
    buffer
}

#[test]
fn what_is_written_is_what_is_read() {
    let text = b"7 1 0 1 32 0 1 0 1 -1 15 3 9 6 1 5000 2 15 3 1 0 1 143 0 1 12 1 4 2 1 1 0 0 3 2 1 1\ngonefaiabcdleue!";
    let buffer = filled(text);
    let settings = Settings::parse(&buffer).unwrap();
    assert_eq!(
        (
            settings.workload,
            settings.to_group,
            settings.is_subreaper,
            settings.keeps_privilege
        ),
        (7, true, false, true)
    );
    assert_eq!(
        (
            settings.kept,
            settings.stops_too,
            settings.is_group,
            settings.is_shared,
            settings.needs_filter
        ),
        (32, false, true, false, true)
    );
    assert_eq!(
        (
            settings.terminal,
            settings.parent_death_signal,
            settings.parent,
            settings.at_end,
            settings.grace_ms
        ),
        (-1, 15, 3, 9, Some(5000))
    );
    assert_eq!((settings.stops_itself, settings.has_list), (6, true));
    assert_eq!(
        [1, 2, 3, 15, 64].map(|signal: usize| settings.signals[signal]),
        [0, 2, 3, 3, 64]
    );
    assert_eq!(
        [0, 1, 143, 255].map(|status: usize| settings.statuses[status]),
        [0, 1, 0, 255]
    );
    let daemon = settings.daemons[0];
    assert_eq!((daemon.pid, daemon.ends_all, daemon.text), (12, true, &b"gone"[..]));
    let texts = &settings.texts;
    assert_eq!(
        [
            texts.failed,
            texts.refused,
            texts.reaped,
            texts.ended,
            texts.killed,
            texts.forwarded,
            texts.left,
            texts.unfiltered,
            texts.name
        ],
        [&b"fa"[..], b"i", b"a", b"", b"", b"bcd", b"le", b"u", b"e"]
    );
}

#[test]
fn what_is_not_whole_is_refused() {
    let whole = b"7 0 0 0 0 0 0 0 0 -1 0 1 0 0 0 -1 0 0 0 0 0 0 0 0 0 0 0 0\n";
    assert!(Settings::parse(&filled(whole)).is_some());
    for length in 0..whole.len() - 1 {
        let mut cut = whole[..length].to_vec();
        assert!(Settings::parse(&filled(&cut)).is_none());
        cut.push(b'\n');
        assert!(Settings::parse(&filled(&cut)).is_none());
    }
    for wrong in [
        &b"1 0 0 0 0 0 0 0 0 -1 0 1 0 0 0 -1 0 0 0 0 0 0 0 0 0 0 0 0\n"[..],
        b"7 0 0 0 0 0 0 0 0 -1 0 1 0 0 0 -1 1 65 1 0 0 0 0 0 0 0 0 0 0 0\n",
        b"7 0 0 0 0 0 0 0 0 -1 0 1 0 0 0 -1 0 1 256 0 0 0 0 0 0 0 0 0 0 0\n",
        b"7 0 0 0 0 0 0 0 0 -1 0 1 0 0 0 -1 0 0 0 9999 0 0 0 0 0 0 0 0\n",
        b"x 0 0 0 0 0 0 0 0 -1 0 1 0 0 0 -1 0 0 0 0 0 0 0 0 0 0 0 0\n",
    ] {
        assert!(Settings::parse(&filled(wrong)).is_none());
    }
}
