//! YAML and the walk over a tree: the loops that have to be native, with those in `copy`.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use rquickjs_core::{Array, Ctx, Function as Callback, IntoJs, Object, Result, Value};

use crate::border::{self, Answer, Arguments, Bytes, Converted, Crosses, Function};
use crate::walk::{self, Goal, ModeChange, Modes, Options, Sharing, Summary, User};
use crate::yaml::{self, Content, Fault, FaultKind, Node, Position};

pub const LOOPS: &[Function] = &[
    Function::new(c"ownTree", own_tree),
    Function::new(c"parseYaml", |a| a.give(Yaml(a.bytes(0)?))),
];

fn own_tree<'js>(a: &Arguments<'_, 'js>) -> Answer<'js> {
    let options = a.object(1)?;
    let name: Value<'js> = options.get("name")?;
    let options = Options {
        goal: goal(&options)?,
        cross_mounts: options.get("crossMounts")?,
        hard_links: options.get("hardLinks")?,
        asks_server: options.get("asksServer")?,
        max_depth: border::int(&options.get("maxDepth")?)?,
        exclude: border::list(&options.get("exclude")?, border::c_string)?,
        sharing: Sharing::WORTHWHILE,
    };
    let summary = if name.is_undefined() {
        let progress: Callback<'js> = a.value(2).get()?;
        let mut thrown = Ok(());
        let summary = walk::own_tree(a.int(0)?, &options, &mut |seen, changed| {
            thrown = progress.call((seen as f64, changed as f64));
            thrown.is_ok()
        })?;
        thrown?;
        summary
    } else {
        walk::own_entry(a.int(0)?, &border::c_string(&name)?, &options)?
    };
    a.give(SummaryValue(summary))
}

fn goal<'js>(options: &Object<'js>) -> Converted<Goal> {
    let user: Object<'js> = options.get("user")?;
    let modes: Option<Object<'js>> = options.get("modes")?;
    let mode = |kind: &str| match &modes {
        Some(modes) => mode_change(&modes.get(kind)?),
        None => Ok(None),
    };
    Ok(Goal {
        uid: border::optional_id(&options.get("uid")?)?,
        gid: border::optional_id(&options.get("gid")?)?,
        always: options.get("always")?,
        unusable: options.get("unusable")?,
        user: User {
            uid: border::id(&user.get("uid")?)?,
            groups: border::list(&user.get("groups")?, border::id)?,
        },
        modes: Modes {
            directories: mode("directories")?,
            files: mode("files")?,
            executables: mode("executables")?,
            others: mode("others")?,
        },
    })
}

fn mode_change(value: &Value<'_>) -> Converted<Option<ModeChange>> {
    let Some(change) = value.as_object() else {
        return Ok(None);
    };
    let (clear, set) = (border::int(&change.get("clear")?)?, border::int(&change.get("set")?)?);
    Ok(Some(ModeChange { clear, set }))
}

struct SummaryValue(Summary);

impl Crosses<'_> for SummaryValue {}

impl<'js> IntoJs<'js> for SummaryValue {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let Self(summary) = self;
        let object = Object::new(ctx.clone())?;
        object.set("seen", summary.seen as f64)?;
        object.set("changed", summary.changed as f64)?;
        object.set("modesChanged", summary.modes_changed as f64)?;
        object.set("hardLinked", summary.hard_linked as f64)?;
        object.set("otherMounts", summary.other_mounts as f64)?;
        object.set("failed", summary.failed as f64)?;
        object.set("failedButMet", summary.failed_but_met as f64)?;
        let failures = Array::new(ctx.clone())?;
        for (index, failure) in summary.failures.into_iter().enumerate() {
            let entry = Object::new(ctx.clone())?;
            entry.set("path", Bytes(failure.path))?;
            entry.set("call", &*failure.call)?;
            entry.set("errno", failure.errno.raw_os_error())?;
            failures.set(index, entry)?;
        }
        object.set("failures", failures)?;
        Ok(object.into_value())
    }
}

struct Yaml(Vec<u8>);

impl Crosses<'_> for Yaml {}

impl<'js> IntoJs<'js> for Yaml {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let parsed = match core::str::from_utf8(&self.0) {
            Ok(text) => yaml::parse(text),
            Err(error) => Err(invalid_encoding(&self.0[..error.valid_up_to()])),
        };
        match parsed {
            Ok(None) => Ok(Value::new_undefined(ctx.clone())),
            Ok(Some(node)) => node_value(ctx, &node),
            Err(fault) => fault_value(ctx, fault),
        }
    }
}

fn invalid_encoding(valid: &[u8]) -> Fault {
    let line_start = valid
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |newline| newline + 1);
    let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let column = String::from_utf8_lossy(&valid[line_start..]).chars().count() + 1;
    Fault {
        at: Position { line, column },
        kind: FaultKind::Syntax,
        message: "invalid UTF-8".to_owned(),
    }
}

fn positioned<'js>(ctx: &Ctx<'js>, kind: &str, at: Position) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("kind", kind)?;
    object.set("line", at.line as f64)?;
    object.set("column", at.column as f64)?;
    Ok(object)
}

fn node_value<'js>(ctx: &Ctx<'js>, node: &Node) -> Result<Value<'js>> {
    let object = match &node.content {
        Content::Scalar { text, plain } => {
            let object = positioned(ctx, "scalar", node.at)?;
            object.set("text", text.as_str())?;
            object.set("plain", *plain)?;
            object
        }
        Content::Sequence(items) => {
            let object = positioned(ctx, "sequence", node.at)?;
            let list = Array::new(ctx.clone())?;
            for (index, item) in items.iter().enumerate() {
                list.set(index, node_value(ctx, item)?)?;
            }
            object.set("items", list)?;
            object
        }
        Content::Mapping(entries) => {
            let object = positioned(ctx, "mapping", node.at)?;
            let list = Array::new(ctx.clone())?;
            for (index, (key, value)) in entries.iter().enumerate() {
                list.set(index, vec![node_value(ctx, key)?, node_value(ctx, value)?])?;
            }
            object.set("entries", list)?;
            object
        }
    };
    Ok(object.into_value())
}

fn fault_value<'js>(ctx: &Ctx<'js>, fault: Fault) -> Result<Value<'js>> {
    let object = positioned(ctx, "fault", fault.at)?;
    let kind = match fault.kind {
        FaultKind::Syntax => "syntax",
        FaultKind::TooDeep => "too-deep",
        FaultKind::TooManyNodes => "too-many-nodes",
        FaultKind::DuplicateKey => "duplicate-key",
        FaultKind::Unsupported => "unsupported",
    };
    object.set("fault", kind)?;
    object.set("message", fault.message)?;
    Ok(object.into_value())
}
