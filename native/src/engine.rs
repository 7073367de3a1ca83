//! QuickJS with only the intrinsics in use and the embedded bytecode: made by the build, run in the shipped program. The parser is not
//! linked.
#![allow(unsafe_code)]

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use core::cell::{Cell, RefCell};

use rquickjs_core::context::intrinsic;
use rquickjs_core::loader::{ImportAttributes, Loader, Resolver};
use rquickjs_core::module::Declared;
use rquickjs_core::runtime::RejectionTracker;
use rquickjs_core::{
    CatchResultExt, CaughtError, Context, Ctx, Error, Function, Module, Persistent, Promise, Result, Runtime, qjs,
};

use crate::sys;

pub mod functions;
pub mod heap;
pub mod values;

// `PREPARED` is what main.js imports, `CHUNKS` what it loads when needed.
include!(concat!(env!("OUT_DIR"), "/chunks.rs"));

type Intrinsics = (
    intrinsic::RegExp,
    intrinsic::MapSet,
    intrinsic::Promise,
    intrinsic::Json,
);

pub const INTERNAL_FAILURE: i32 = 125;

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
    let (_, code) = heap::engine()
        .map_or(PREPARED, |_| CHUNKS)
        .iter()
        .find(|(chunk, _)| *chunk == name)
        .ok_or_else(|| Error::new_loading(name))?;
    // SAFETY: the bytes were written by the same QuickJS at build time and lie in read-only memory for the whole run.
    unsafe { Module::load(ctx.clone(), code) }
}

/// An engine with main.js and all it imports evaluated, waiting for `main` to be called.
pub struct Engine {
    context: Context,
    main: Persistent<Function<'static>>,
    unhandled: Rc<Unhandled>,
}

/// Calls `main` of the engine that the build has prepared. Without one, this program is the build's: it prepares it.
pub fn run() -> i32 {
    heap::load();
    match heap::engine() {
        Some(engine) => engine.run(),
        None => prepare(),
    }
}

/// Writes the memory with the engine in it to standard output; nothing else is ever done by a program without an engine.
fn prepare() -> i32 {
    match Engine::new() {
        Ok(engine) => write_whole(heap::keep(Box::new(engine))),
        Err(error) => fail(&error),
    }
}

fn write_whole(mut bytes: &[u8]) -> i32 {
    while !bytes.is_empty() {
        match sys::files::write(1, bytes) {
            Ok(length) => bytes = &bytes[length as usize..],
            Err(error) => return fail(&format!("the prepared engine cannot be written: {error}")),
        }
    }
    0
}

impl Engine {
    fn new() -> core::result::Result<Self, String> {
        let runtime = Runtime::new_with_alloc(heap::Shared).map_err(|error| error.to_string())?;
        runtime.set_loader(EmbeddedResolver, EmbeddedLoader);
        let unhandled = Rc::new(Unhandled::default());
        runtime.set_host_promise_rejection_tracker(Some(Unhandled::tracker(&unhandled)));
        // The process ends or becomes the workload within milliseconds: collecting cycles costs more than it frees.
        runtime.set_gc_threshold(usize::MAX);
        let context = Context::custom::<Intrinsics>(&runtime).map_err(|error| error.to_string())?;
        let main = context.with(|ctx| load_main(&ctx).catch(&ctx).map_err(|error| error.to_string()))?;
        runtime.run_gc();
        Ok(Self {
            context,
            main,
            unhandled,
        })
    }

    /// Calls `main` and every job it leaves behind. The engine is not freed: the process ends or becomes the workload.
    fn run(&self) -> i32 {
        self.context.with(|ctx| {
            // SAFETY: the runtime is alive. The stack is another one than that of the build.
            unsafe { qjs::JS_UpdateStackTop(qjs::JS_GetRuntime(ctx.as_raw().as_ptr())) };
            match self.call_main(&ctx).catch(&ctx) {
                Ok(()) if self.unhandled.count.get() == 0 => 0,
                Ok(()) => fail(&self.unhandled.first.borrow()),
                Err(error) => fail(&error.to_string()),
            }
        })
    }

    fn call_main(&self, ctx: &Ctx<'_>) -> Result<()> {
        let finished = self.main.clone().restore(ctx)?.call::<_, Promise>(())?;
        while ctx.execute_pending_job() {}
        finished.result::<()>().unwrap_or(Err(Error::WouldBlock))
    }
}

fn load_main(ctx: &Ctx<'_>) -> Result<Persistent<Function<'static>>> {
    let (module, finished) = load_chunk(ctx, "main.js")?.eval()?;
    while ctx.execute_pending_job() {}
    finished.result::<()>().unwrap_or(Err(Error::WouldBlock))?;
    // Only now: what a module asks of the machine while it is loaded would be the build machine's answer for ever.
    functions::install(ctx)?;
    let main: Function = module.get("main")?;
    Ok(Persistent::save(ctx, main))
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
pub fn fail(what: &str) -> i32 {
    let what = what.strip_prefix("Error: ").unwrap_or(what).trim_end();
    let _ = sys::files::write(2, format!("abdicate: internal error: {what}\n").as_bytes());
    INTERNAL_FAILURE
}
