//! Native functions by number in a table: a hundred closures of the safe wrapper would cost start-up time and size.
#![allow(unsafe_code)]

use alloc::string::ToString;
use alloc::vec::Vec;
use core::ffi::{CStr, c_int};
use core::mem::transmute;
use core::ptr::NonNull;

use rquickjs_core::{Ctx, Error, Exception, IntoJs, Object, Result, Value, qjs};

use super::{Answer, Arguments, Refusal};

type Call = for<'js> fn(&Arguments<'_, 'js>) -> Answer<'js>;

pub struct Function {
    name: &'static CStr,
    call: Call,
}

impl Function {
    pub const fn new(name: &'static CStr, call: Call) -> Self {
        Self { name, call }
    }
}

/// Whose functions they are: a table for each topic.
pub trait Topics {
    const TOPICS: &'static [&'static [Function]];
}

const TOPIC_SHIFT: usize = 8;

/// Puts the global `host` in place.
pub fn install<T: Topics>(ctx: &Ctx<'_>) -> Result<()> {
    let object = Object::new(ctx.clone())?;
    for (topic, functions) in T::TOPICS.iter().enumerate() {
        for (index, function) in functions.iter().enumerate() {
            define::<T>(ctx, &object, function.name, (topic << TOPIC_SHIFT | index) as c_int)?;
        }
    }
    ctx.globals().set("host", object)
}

fn define<T: Topics>(ctx: &Ctx<'_>, object: &Object<'_>, name: &CStr, number: c_int) -> Result<()> {
    let engine = ctx.as_raw().as_ptr();
    // SAFETY: both are function pointers, and JS_CFUNC_generic_magic tells the engine which of the two types this one has.
    let entry = unsafe { transmute::<qjs::JSCFunctionMagic, qjs::JSCFunction>(Some(enter::<T>)) };
    let kind = qjs::JSCFunctionEnum_JS_CFUNC_generic_magic;
    // SAFETY: the engine copies the name, a static C string; the new value belongs to this frame.
    let function = unsafe { qjs::JS_NewCFunction2(engine, entry, name.as_ptr(), 0, kind, number) };
    // SAFETY: the object is alive, the name is static, and the engine takes the function over, an exception as well.
    match unsafe { qjs::JS_SetPropertyStr(engine, object.as_value().as_raw(), name.as_ptr(), function) } {
        0.. => Ok(()),
        _ => Err(Error::Exception),
    }
}

/// Called by the engine for every function of the table.
unsafe extern "C" fn enter<T: Topics>(
    engine: *mut qjs::JSContext,
    _this: qjs::JSValue,
    count: c_int,
    first: *mut qjs::JSValue,
    number: c_int,
) -> qjs::JSValue {
    let number = number as usize;
    let function = &T::TOPICS[number >> TOPIC_SHIFT][number & ((1 << TOPIC_SHIFT) - 1)];
    // SAFETY: the engine passes its own context, which is never null and is locked by this thread for the whole call.
    let ctx = unsafe { Ctx::from_raw(NonNull::new_unchecked(engine)) };
    let values = (0..count as usize)
        // SAFETY: `first` has `count` values that live until this returns; the copy takes its own reference.
        .map(|index| unsafe { Value::from_raw(ctx.clone(), qjs::JS_DupValue(engine, *first.add(index))) })
        .collect::<Vec<_>>();
    let answer = match (function.call)(&Arguments::new(&ctx, &values)) {
        Err(Refusal::Errno(errno)) => (-errno.raw_os_error()).into_js(&ctx),
        Err(Refusal::Engine(error)) => Err(error),
        Ok(value) => Ok(value),
    };
    match answer {
        // SAFETY: the engine gets a reference of its own; the wrapper drops the other.
        Ok(value) => unsafe { qjs::JS_DupValue(engine, value.as_raw()) },
        Err(error) => throw(&ctx, &error),
    }
}

fn throw(ctx: &Ctx<'_>, error: &Error) -> qjs::JSValue {
    if !error.is_exception() {
        let _ = Exception::throw_type(ctx, &error.to_string());
    }
    qjs::JS_EXCEPTION
}
