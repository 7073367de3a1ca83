use super::*;
use rquickjs_core::{Context, Runtime};

fn there_and_back(content: &[u8]) -> Vec<u8> {
    let runtime = Runtime::new().unwrap();
    Context::full(&runtime).unwrap().with(|ctx| {
        let value = Bytes(content.to_vec()).into_js(&ctx).unwrap();
        bytes(&value).unwrap().unwrap()
    })
}

#[test]
fn every_byte_comes_back() {
    let every: Vec<u8> = (0..=255).collect();
    assert_eq!(there_and_back(&every), every);
    for byte in 0..=255 {
        assert_eq!(there_and_back(&[b'a', byte, b'b']), [b'a', byte, b'b']);
    }
}

#[test]
fn unicode_and_broken_unicode_come_back() {
    for text in [
        "",
        "ascii",
        "gr\u{fc}n",
        "\u{1f512} lock",
        "\u{fffd}",
        "\u{d7ff}\u{e000}",
    ] {
        assert_eq!(there_and_back(text.as_bytes()), text.as_bytes());
    }
    for broken in [
        &b"\xed\xb2\x80"[..],
        b"\xf0\x9f\x94",
        b"\xc3\xa9\xff\xf0\x9f\x94\x92",
        b"\xed\xa0\x80",
        b"\xed",
        b"\xf0\x9f\x94\x92\xed\xb3",
    ] {
        assert_eq!(there_and_back(broken), broken);
    }
}

#[test]
fn a_byte_that_is_no_text_is_the_documented_surrogate() {
    let runtime = Runtime::new().unwrap();
    Context::full(&runtime).unwrap().with(|ctx| {
        ctx.globals()
            .set("text", Bytes(b"\xff\xf0\x9f\x94\x92".to_vec()))
            .unwrap();
        assert!(ctx.eval::<bool, _>("text === '\\udcff\\u{1f512}'").unwrap());
        let value = ctx.eval("'\\u{1f512}\\udc80\\udcff'").unwrap();
        assert_eq!(bytes(&value).unwrap().unwrap(), b"\xf0\x9f\x94\x92\x80\xff");
    });
}

#[test]
fn bigints_outside_64_bits_are_not_cut() {
    let runtime = Runtime::new().unwrap();
    Context::full(&runtime).unwrap().with(|ctx| {
        let bits_of = |source: &str| bits(&ctx.eval(source).unwrap()).unwrap();
        for (source, expected) in [
            ("0n", Some(0)),
            ("(1n << 63n) | 1n", Some((1 << 63) | 1)),
            ("(1n << 64n) - 1n", Some(u64::MAX)),
            ("1n << 64n", None),
            ("(1n << 200n) + 5n", None),
            ("-1n", None),
            ("-(1n << 70n)", None),
            ("7", None),
        ] {
            assert_eq!(bits_of(source), expected, "{source}");
        }
        let there = Bits(u64::MAX).into_js(&ctx).unwrap();
        assert_eq!(bits(&there).unwrap(), Some(u64::MAX));
    });
}

#[test]
fn a_number_of_32_bits_stays_positive() {
    let runtime = Runtime::new().unwrap();
    Context::full(&runtime).unwrap().with(|ctx| {
        for number in [0, 1000, i32::MAX as u32, i32::MAX as u32 + 1, 2_246_052_396, u32::MAX] {
            let value = Unsigned(number).into_js(&ctx).unwrap();
            assert_eq!(value.as_number(), Some(f64::from(number)));
        }
    });
}
