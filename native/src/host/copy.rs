//! The loops of a copy.

use alloc::ffi::CString;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::ffi::CStr;
use rquickjs_core::{Ctx, Function as Callback, IntoJs, Object, Result, Value};

use crate::border::{self, Answer, Arguments, Bytes, Converted, Crosses, Function, texts};
use crate::copy::{self, Compared, Failure, Fault, Kinds, Options, Patterns, Summary, Wanted};

pub const READS: &[Function] = &[
    Function::new(c"entryKinds", |a| {
        a.give(KindsValue(copy::kinds(a.int(0)?, &patterns(&a.value(1))?)?))
    }),
    Function::new(c"compareNames", |a| {
        let (exclude, unfinished) = (patterns(&a.value(2))?, patterns(&a.value(3))?);
        a.give(ComparedValue(copy::compare(
            a.int(0)?,
            a.int(1)?,
            &exclude,
            &unfinished,
        )?))
    }),
];

pub const ACTS: &[Function] = &[
    Function::new(c"copyPlain", copy_plain),
    Function::new(c"copyContent", copy_content),
    Function::new(c"copyTimes", |a| a.give(copy::copy_times(a.int(0)?, a.int(1)?)?)),
];

fn patterns(value: &Value<'_>) -> Converted<Patterns> {
    border::list(value, border::c_string).map(Patterns)
}

fn copy_plain<'js>(a: &Arguments<'_, 'js>) -> Answer<'js> {
    let options = a.object(2)?;
    let options = Options {
        uid: border::optional_id(&options.get("uid")?)?,
        gid: border::optional_id(&options.get("gid")?)?,
        exclude: patterns(&options.get("exclude")?)?,
        readable_by: border::optional_id(&options.get("readableBy")?)?,
        attributes: options.get("attributes")?,
        unless_in: optional_descriptor(&options.get("unlessIn")?)?,
    };
    let (source, target) = (a.int(0)?, a.int(1)?);
    let first: Callback<'js> = a.value(4).get()?;
    let thrown = RefCell::new(Ok(()));
    let mut tell_first = |name: &CStr, Wanted { mode, uid, gid }: &Wanted| {
        let name = Bytes(name.to_bytes().to_vec());
        goes_on(&thrown, first.call((name, *mode, f64::from(*uid), f64::from(*gid))))
    };
    let summary = ticking(&a.value(3), &thrown, |tick| {
        copy::copy_plain(source, target, &options, tick, &mut tell_first)
    })?;
    a.give(SummaryValue(summary))
}

fn copy_content<'js>(a: &Arguments<'_, 'js>) -> Answer<'js> {
    let (from, to) = (a.int(0)?, a.int(1)?);
    let fault = ticking(&a.value(2), &RefCell::new(Ok(())), |tick| {
        copy::copy_content(from, to, tick)
    })?;
    a.give(fault.map(FaultValue))
}

fn optional_descriptor(value: &Value<'_>) -> Converted<Option<i32>> {
    if value.is_undefined() {
        Ok(None)
    } else {
        border::int(value).map(Some)
    }
}

/// What the callback throws ends the work, and is thrown once that has ended.
fn ticking<'js, T>(
    callback: &Value<'js>,
    thrown: &RefCell<Result<()>>,
    work: impl FnOnce(copy::Tick<'_>) -> crate::sys::Result<T>,
) -> Converted<T> {
    let callback: Callback<'js> = callback.get()?;
    let result = work(&mut |copied| goes_on(thrown, callback.call((copied as f64,))));
    thrown.replace(Ok(()))?;
    Ok(result?)
}

fn goes_on(thrown: &RefCell<Result<()>>, called: Result<()>) -> bool {
    let goes_on = called.is_ok();
    if !goes_on {
        *thrown.borrow_mut() = called;
    }
    goes_on
}

fn names(list: Vec<CString>) -> Vec<Bytes> {
    texts(list.into_iter().map(CString::into_bytes))
}

struct KindsValue(Kinds);

impl Crosses<'_> for KindsValue {}

impl<'js> IntoJs<'js> for KindsValue {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let object = Object::new(ctx.clone())?;
        object.set("directories", names(self.0.directories))?;
        object.set("others", names(self.0.others))?;
        Ok(object.into_value())
    }
}

struct ComparedValue(Compared);

impl Crosses<'_> for ComparedValue {}

impl<'js> IntoJs<'js> for ComparedValue {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let object = Object::new(ctx.clone())?;
        object.set("isMissing", self.0.is_missing)?;
        object.set("directories", names(self.0.directories))?;
        Ok(object.into_value())
    }
}

struct SummaryValue(Summary);

impl Crosses<'_> for SummaryValue {}

impl<'js> IntoJs<'js> for SummaryValue {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let Self(summary) = self;
        let object = Object::new(ctx.clone())?;
        object.set("copied", summary.copied as f64)?;
        object.set("directories", names(summary.directories))?;
        object.set("left", names(summary.left))?;
        if let Some(Failure { name, fault }) = summary.failure {
            let failure = FaultValue(fault).into_js(ctx)?.into_object();
            if let Some(failure) = failure {
                failure.set("name", Bytes(name.into_bytes()))?;
                object.set("failure", failure)?;
            }
        }
        Ok(object.into_value())
    }
}

struct FaultValue(Fault);

impl Crosses<'_> for Option<FaultValue> {}

impl<'js> IntoJs<'js> for FaultValue {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let object = Object::new(ctx.clone())?;
        object.set("call", self.0.call)?;
        object.set("errno", self.0.errno.raw_os_error())?;
        object.set("isOfSource", self.0.of_source)?;
        Ok(object.into_value())
    }
}
