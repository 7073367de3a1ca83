//! QuickJS with only the intrinsics in use and the embedded bytecode: made by the build, run in the shipped program. The parser is not
//! linked.
#![allow(unsafe_code)]

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use rquickjs_core::context::intrinsic;
use rquickjs_core::runtime::RejectionTracker;
use rquickjs_core::{CatchResultExt, CaughtError, Context, Ctx, Error, Function, Persistent, Promise, Runtime, qjs};

use crate::border::{self, Topics};

mod chunks;
mod heap;
mod image;
pub mod memory;
#[cfg(not(test))]
mod without;

type Intrinsics = (
    intrinsic::RegExp,
    intrinsic::MapSet,
    intrinsic::Promise,
    intrinsic::Json,
);

/// An engine with main.js and all it imports evaluated, waiting for `main` to be called.
pub struct Engine {
    context: Context,
    main: Persistent<Function<'static>>,
    unhandled: Rc<Unhandled>,
}

pub enum Outcome {
    /// `main` has returned.
    Ended,
    /// This program has no engine: it is the build's, and this is the memory with one in it.
    Prepared(Vec<u8>),
}

/// Calls `main` of the engine that the build has prepared, or prepares it: nothing else is ever done by a program without an engine.
/// What fails is a defect.
pub fn run<T: Topics>() -> Result<Outcome, String> {
    image::load();
    match memory::engine() {
        Some(engine) => engine.run().map(|()| Outcome::Ended),
        None => memory::keep(Box::new(Engine::new::<T>()?)).map(Outcome::Prepared),
    }
}

impl Engine {
    fn new<T: Topics>() -> Result<Self, String> {
        let runtime = Runtime::new_with_alloc(memory::Shared).map_err(|error| error.to_string())?;
        runtime.set_loader(chunks::EmbeddedResolver, chunks::EmbeddedLoader);
        let unhandled = Rc::new(Unhandled::default());
        runtime.set_host_promise_rejection_tracker(Some(Unhandled::tracker(&unhandled)));
        // The process ends or becomes the workload within milliseconds: collecting cycles costs more than it frees.
        runtime.set_gc_threshold(usize::MAX);
        let context = Context::custom::<Intrinsics>(&runtime).map_err(|error| error.to_string())?;
        let main = context.with(|ctx| load_main::<T>(&ctx).catch(&ctx).map_err(text_of))?;
        runtime.run_gc();
        Ok(Self {
            context,
            main,
            unhandled,
        })
    }

    /// Calls `main` and every job it leaves behind. The engine is not freed: the process ends or becomes the workload.
    fn run(&self) -> Result<(), String> {
        self.context.with(|ctx| {
            // SAFETY: the runtime is alive. The stack is another one than that of the build.
            unsafe { qjs::JS_UpdateStackTop(qjs::JS_GetRuntime(ctx.as_raw().as_ptr())) };
            match self.call_main(&ctx).catch(&ctx) {
                Ok(()) if self.unhandled.count.get() == 0 => Ok(()),
                Ok(()) => Err(self.unhandled.first.borrow().clone()),
                Err(error) => Err(text_of(error)),
            }
        })
    }

    fn call_main(&self, ctx: &Ctx<'_>) -> rquickjs_core::Result<()> {
        let finished = self.main.clone().restore(ctx)?.call::<_, Promise>(())?;
        while ctx.execute_pending_job() {}
        finished.result::<()>().unwrap_or(Err(Error::WouldBlock))
    }
}

fn load_main<T: Topics>(ctx: &Ctx<'_>) -> rquickjs_core::Result<Persistent<Function<'static>>> {
    let (module, finished) = chunks::load(ctx, "main.js")?.eval()?;
    while ctx.execute_pending_job() {}
    finished.result::<()>().unwrap_or(Err(Error::WouldBlock))?;
    // Only now: what a module asks of the machine while it is loaded would be the build machine's answer for ever.
    border::install::<T>(ctx)?;
    let main: Function = module.get("main")?;
    Ok(Persistent::save(ctx, main))
}

/// What was thrown. A value that is no Error is not shown: the wrapper would, and brings all that it takes to show numbers.
fn text_of(thrown: CaughtError<'_>) -> String {
    match thrown {
        CaughtError::Error(error) => error.to_string(),
        CaughtError::Exception(exception) => exception.to_string(),
        CaughtError::Value(_) => "something was thrown that is no Error".to_owned(),
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
                unhandled.first.replace(text_of(error));
            }
        })
    }
}
