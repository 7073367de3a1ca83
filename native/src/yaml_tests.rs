use super::*;

fn kind(text: &str) -> FaultKind {
    parse(text).unwrap_err().kind
}

fn outline(node: &Node) -> String {
    let at = format!("{}:{}", node.at.line, node.at.column);
    match &node.content {
        Content::Scalar { text, plain } => format!("{at}{}{text}", if *plain { " " } else { "'" }),
        Content::Sequence(items) => format!(
            "{at}[{}]",
            items.iter().map(|each| outline(each)).collect::<Vec<_>>().join(", ")
        ),
        Content::Mapping(entries) => {
            let each = |(key, value): &(Rc<Node>, Rc<Node>)| format!("{}: {}", outline(key), outline(value));
            format!("{at}{{{}}}", entries.iter().map(each).collect::<Vec<_>>().join(", "))
        }
    }
}

#[test]
fn positions_are_counted_from_one() {
    let tree = parse("user: app\nsetup:\n  - own: '/data'\n").unwrap().unwrap();
    assert_eq!(
        outline(&tree),
        "1:1{1:1 user: 1:7 app, 2:1 setup: 3:3[3:5{3:5 own: 3:10'/data}]}"
    );
}

#[test]
fn byte_order_mark_and_carriage_returns_are_accepted() {
    let tree = parse("\u{feff}a: 1\r\nb: 2\r\n").unwrap().unwrap();
    let Content::Mapping(entries) = &tree.content else {
        panic!("{tree:?}")
    };
    assert_eq!(entries.len(), 2);
    assert_eq!(outline(&tree), "1:1{1:1 a: 1:4 1, 2:1 b: 2:4 2}");
    assert_eq!(parse("").unwrap(), None);
    assert_eq!(parse("# only a comment\n").unwrap(), None);
}

#[test]
fn limits_hold() {
    assert_eq!(kind(&"[".repeat(40)), FaultKind::TooDeep);
    assert_eq!(kind(&format!("[{}]", "a,".repeat(10_001))), FaultKind::TooManyNodes);
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![alias; 10].join(", "));
    }
    assert_eq!(kind(&bomb), FaultKind::TooManyNodes);
}

#[test]
fn what_has_no_single_meaning_is_refused() {
    assert_eq!(
        parse("a: 1\nb: 2\na: 3\n").unwrap_err().at,
        Position { line: 3, column: 1 }
    );
    assert_eq!(kind("a: 1\na: 2\n"), FaultKind::DuplicateKey);
    assert_eq!(kind("a: &x [*x]\n"), FaultKind::Unsupported);
    assert_eq!(kind("? [a]\n: b\n"), FaultKind::Unsupported);
    assert_eq!(kind("a: !!binary aGk=\n"), FaultKind::Unsupported);
    assert_eq!(kind("a: 1\n---\nb: 2\n"), FaultKind::Unsupported);
    assert_eq!(kind("a: [1\n"), FaultKind::Syntax);
    assert_eq!(kind("a: *nowhere\n"), FaultKind::Syntax);
}

#[test]
fn columns_are_characters() {
    assert_eq!(
        outline(&parse("{\u{e9}\u{1f512}: x}").unwrap().unwrap()),
        "1:1{1:2 \u{e9}\u{1f512}: 1:6 x}"
    );
}

#[test]
fn aliases_cannot_reach_below_the_depth_limit() {
    let nested = |inner: &str| format!("{}{inner}{}", "[".repeat(20), "]".repeat(20));
    assert_eq!(
        kind(&format!("- &a {}\n- {}\n", nested("1"), nested("*a"))),
        FaultKind::TooDeep
    );
    assert!(parse(&format!("- &a {}\n- *a\n", nested("1"))).is_ok());
}

#[test]
fn only_a_text_tag_is_known() {
    let tree = parse("[!!str 1, \"2\", 3]").unwrap().unwrap();
    assert_eq!(outline(&tree), "1:1[1:2'1, 1:11'2, 1:16 3]");
}

/// How many times as much as usual `make fuzz` asks for.
fn factor() -> usize {
    std::env::var("FUZZ").map_or(1, |text| text.parse().unwrap())
}

/// Deterministic mutations of real documents: whatever comes, an answer and no panic.
#[test]
fn garbage_gets_an_answer() {
    let seeds = [
        "user: app\nsetup:\n  - own: /data\n  - {listen: {tcp: 80}}\n",
        "a: &a [1, 2]\nb: *a\nc: |\n  text\nd: >-\n  folded\n",
        "? k\n: v\n'q': \"d\\x41\"\n--- \n...\n",
    ];
    let alphabet: Vec<char> = "\n\t :-?[]{},&*!|>'\"%@`#\\a0\u{feff}\u{85}\u{1f512}\r\0"
        .chars()
        .collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    for _ in 0..20_000 * factor() {
        let mut text: Vec<char> = seeds[next(seeds.len())].chars().collect();
        for _ in 0..=next(8) {
            let at = next(text.len() + 1);
            match next(3) {
                0 => text.insert(at, alphabet[next(alphabet.len())]),
                1 if at < text.len() => drop(text.remove(at)),
                _ => text.truncate(at.max(1)),
            }
        }
        let _ = parse(&text.into_iter().collect::<String>());
    }
}

/// Repetition is what makes a parser slow or deep; the text is as long as a config may be.
#[test]
fn repetition_ends_in_time() {
    let pieces = [
        "[",
        "{",
        "- ",
        "? ",
        "a: ",
        "&a ",
        "*a ",
        "!t ",
        "!!str ",
        "\"",
        "'",
        "\t",
        " ",
        "\n",
        "\r",
        "#",
        "%",
        "|",
        ">",
        "---\n",
        "...\n",
        "a\n",
        "a: b\n",
        "- a\n",
        ", ",
        "[]",
        "{}",
        "{a: ",
        "[a, ",
        "\\",
        "|\n ",
        "- |\n",
        "? a\n",
        ": ",
        "\u{feff}",
        "%YAML 1.2\n",
        "%TAG ! a\n",
        "\"\\x",
        "a b ",
        "\n ",
        "-",
        ":",
        "\0",
        "\u{1f512}",
        "[a]: ",
        "<<: *a\n",
        "'' ",
    ];
    for piece in pieces {
        for tail in ["", "x", "]", ": x\n"] {
            let text = piece.repeat(256 * 1024 / piece.len()) + tail;
            let begin = std::time::Instant::now();
            let _ = parse(&text);
            assert!(begin.elapsed().as_secs() < 10, "{piece:?} with {tail:?}");
        }
    }
}
