//! Starts QuickJS with only the intrinsics in use and runs the embedded bytecode. The parser is not linked.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rquickjs_core::context::intrinsic;
use rquickjs_core::loader::{ImportAttributes, Loader, Resolver};
use rquickjs_core::module::Declared;
use rquickjs_core::runtime::RejectionTracker;
use rquickjs_core::{CatchResultExt, CaughtError, Context, Ctx, Error, Module, Result, Runtime};

use crate::sys;

pub mod functions;
pub mod values;

include!(concat!(env!("OUT_DIR"), "/chunks.rs"));

type Intrinsics = (
    intrinsic::RegExp,
    intrinsic::MapSet,
    intrinsic::Promise,
    intrinsic::Json,
);

const INTERNAL_FAILURE: i32 = 125;

/// Chunk names are flat: `./tools-ABC.js` in any chunk is `tools-ABC.js`.
struct EmbeddedResolver;

impl Resolver for EmbeddedResolver {
    fn resolve<'js>(&mut self, _: &Ctx<'js>, _: &str, name: &str, _: Option<ImportAttributes<'js>>) -> Result<String> {
        Ok(name.trim_start_matches("./").to_owned())
    }
}

/// Serves the chunks of this binary and nothing else: no file is ever loaded as code.
struct EmbeddedLoader;

impl Loader for EmbeddedLoader {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        load_chunk(ctx, name)
    }
}

fn load_chunk<'js>(ctx: &Ctx<'js>, name: &str) -> Result<Module<'js, Declared>> {
    let (_, code) = CHUNKS
        .iter()
        .find(|(chunk, _)| *chunk == name)
        .ok_or_else(|| Error::new_loading(name))?;
    // SAFETY: the bytes were written by the same QuickJS at build time and lie in read-only memory for the whole run.
    unsafe { Module::load(ctx.clone(), code) }
}

/// Runs `main.js` and every job it leaves behind. The engine is not freed: the process ends or becomes the workload.
pub fn run() -> i32 {
    let Ok(runtime) = Runtime::new() else {
        return INTERNAL_FAILURE;
    };
    runtime.set_loader(EmbeddedResolver, EmbeddedLoader);
    let unhandled = Rc::new(Unhandled::default());
    runtime.set_host_promise_rejection_tracker(Some(Unhandled::tracker(&unhandled)));
    // The process ends or becomes the workload within milliseconds: collecting cycles costs more than it frees.
    runtime.set_gc_threshold(usize::MAX);
    let Ok(context) = Context::custom::<Intrinsics>(&runtime) else {
        return INTERNAL_FAILURE;
    };
    let status = context.with(|ctx| match start(&ctx).catch(&ctx) {
        Ok(()) if unhandled.count.get() == 0 => 0,
        Ok(()) => fail(&unhandled.first.borrow()),
        Err(error) => fail(&error.to_string()),
    });
    std::mem::forget(context);
    std::mem::forget(runtime);
    status
}

fn start(ctx: &Ctx<'_>) -> Result<()> {
    functions::install(ctx)?;
    let (_, finished) = load_chunk(ctx, "main.js")?.eval()?;
    while ctx.execute_pending_job() {}
    match finished.result::<()>() {
        Some(result) => result,
        None => Err(Error::WouldBlock),
    }
}

/// Promises that failed while nobody waited for them: without this, such a failure would end the program with success.
#[derive(Default)]
struct Unhandled {
    count: Cell<i32>,
    first: RefCell<String>,
}

impl Unhandled {
    fn tracker(unhandled: &Rc<Self>) -> RejectionTracker {
        let unhandled = Rc::clone(unhandled);
        Box::new(move |ctx, _promise, reason, is_handled| {
            if is_handled {
                unhandled.count.update(|count| count - 1);
                return;
            }
            if unhandled.count.replace(unhandled.count.get() + 1) == 0 {
                let error = CaughtError::from_error(&ctx, ctx.throw(reason));
                unhandled.first.replace(error.to_string());
            }
        })
    }
}

/// Only a defect gets here: every expected failure is reported by the TypeScript side.
fn fail(what: &str) -> i32 {
    let what = what.strip_prefix("Error: ").unwrap_or(what).trim_end();
    let _ = sys::files::write(2, format!("abdicate: internal error: {what}\n").as_bytes());
    INTERNAL_FAILURE
}
