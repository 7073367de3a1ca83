//! YAML text to a tree with positions, within limits. Values stay text: what they mean is decided on the other side.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

const MAX_DEPTH: usize = 32;
/// Counted with every alias replaced by a copy of what it stands for.
const MAX_NODES: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

#[derive(Debug, PartialEq)]
pub enum Content {
    Scalar { text: String, plain: bool },
    Sequence(Vec<Rc<Node>>),
    Mapping(Vec<(Rc<Node>, Rc<Node>)>),
}

#[derive(Debug, PartialEq)]
pub struct Node {
    pub at: Position,
    pub content: Content,
    /// Nodes in this tree, itself included.
    size: usize,
    /// Levels in this tree, 1 for a scalar.
    height: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FaultKind {
    Syntax,
    TooDeep,
    TooManyNodes,
    DuplicateKey,
    Unsupported,
}

#[derive(Debug, PartialEq)]
pub struct Fault {
    pub at: Position,
    pub kind: FaultKind,
    pub message: String,
}

type Parsed<T> = core::result::Result<T, Fault>;

fn position(mark: Marker) -> Position {
    Position {
        line: mark.line(),
        column: mark.col() + 1,
    }
}

fn fault<T>(at: Position, kind: FaultKind, message: impl Into<String>) -> Parsed<T> {
    Err(Fault {
        at,
        kind,
        message: message.into(),
    })
}

fn check_depth(depth: usize, at: Position) -> Parsed<()> {
    if depth > MAX_DEPTH {
        return fault(at, FaultKind::TooDeep, format!("deeper than {MAX_DEPTH} levels"));
    }
    Ok(())
}

/// Size and height of the node that this is the content of.
fn extent(content: &Content) -> (usize, usize) {
    let below = |(size, height): (usize, usize), node: &Rc<Node>| (size + node.size, height.max(node.height + 1));
    match content {
        Content::Scalar { .. } => (1, 1),
        Content::Sequence(items) => items.iter().fold((1, 1), below),
        Content::Mapping(entries) => entries.iter().flat_map(|(key, value)| [key, value]).fold((1, 1), below),
    }
}

/// One document; `None` when there is none.
pub fn parse(text: &str) -> Parsed<Option<Rc<Node>>> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        nodes: 0,
    };
    let mut root = None;
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamEnd => return Ok(root),
            Event::DocumentStart(_) if root.is_some() => {
                return fault(position(span.start), FaultKind::Unsupported, "a second document");
            }
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            event => root = Some(reader.node(event, span, 1)?),
        }
    }
}

struct Reader<'input> {
    parser: Parser<'input, saphyr_parser::StrInput<'input>>,
    /// By the parser's number; an anchor is only here once its node is complete, so a cycle finds nothing.
    anchors: BTreeMap<usize, Rc<Node>>,
    nodes: usize,
}

impl<'input> Reader<'input> {
    fn next(&mut self) -> Parsed<(Event<'input>, Span)> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => fault(position(*error.marker()), FaultKind::Syntax, error.info()),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'input>, span: Span, depth: usize) -> Parsed<Rc<Node>> {
        let at = position(span.start);
        check_depth(depth, at)?;
        let (anchor, content) = match event {
            Event::Alias(anchor) => return self.alias(anchor, at, depth),
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                refuse_tag(tag.as_deref(), at)?;
                (
                    anchor,
                    Content::Scalar {
                        text: text.into_owned(),
                        plain,
                    },
                )
            }
            Event::SequenceStart(anchor, tag) => {
                refuse_tag(tag.as_deref(), at)?;
                (anchor, Content::Sequence(self.items(depth)?))
            }
            Event::MappingStart(anchor, tag) => {
                refuse_tag(tag.as_deref(), at)?;
                (anchor, Content::Mapping(self.entries(depth)?))
            }
            _ => return fault(at, FaultKind::Syntax, "a value is missing"),
        };
        self.count(1, at)?;
        let (size, height) = extent(&content);
        let node = Rc::new(Node {
            at,
            content,
            size,
            height,
        });
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, at: Position, depth: usize) -> Parsed<Rc<Node>> {
        let Some(node) = self.anchors.get(&anchor).map(Rc::clone) else {
            return fault(at, FaultKind::Unsupported, "an alias inside the value it stands for");
        };
        check_depth(depth + node.height - 1, at)?;
        self.count(node.size, at)?;
        Ok(node)
    }

    fn count(&mut self, nodes: usize, at: Position) -> Parsed<()> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return fault(
                at,
                FaultKind::TooManyNodes,
                format!("more than {MAX_NODES} values, aliases included"),
            );
        }
        Ok(())
    }

    fn items(&mut self, depth: usize) -> Parsed<Vec<Rc<Node>>> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn entries(&mut self, depth: usize) -> Parsed<Vec<(Rc<Node>, Rc<Node>)>> {
        let mut entries: Vec<(Rc<Node>, Rc<Node>)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(entries);
            }
            let key = self.node(event, span, depth + 1)?;
            let Content::Scalar { text, .. } = &key.content else {
                return fault(
                    position(span.start),
                    FaultKind::Unsupported,
                    "a key that is not a scalar",
                );
            };
            let is_same = |(former, _): &(Rc<Node>, Rc<Node>)| matches!(&former.content, Content::Scalar { text: other, .. } if other == text);
            if entries.iter().any(is_same) {
                return fault(
                    position(span.start),
                    FaultKind::DuplicateKey,
                    format!("the key {text:?} is written twice"),
                );
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            entries.push((key, value));
        }
    }
}

/// Only `!!str` is known: it makes a plain scalar text.
fn refuse_tag(tag: Option<&Tag>, at: Position) -> Parsed<()> {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == "str") => {
            fault(at, FaultKind::Unsupported, "a tag other than !!str")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
