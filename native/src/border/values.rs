//! Values that the safe wrapper around the engine cannot carry unharmed: text that is not UTF-8, and whole 64-bit integers.
#![allow(unsafe_code)]

use alloc::vec::Vec;
use rquickjs_core::convert::List;
use rquickjs_core::{BigInt, Ctx, Error, IntoJs, Result, String as JsString, Value, qjs};

const ESCAPE: u16 = 0xdc00;

/// What a function may answer. The engine's wrapper takes a `u32` from 2^31 on, and the last of the `u64`, for negative numbers,
/// so that neither is among these: they go as `Unsigned` and `Bits`.
pub trait Crosses<'js>: IntoJs<'js> {}

impl Crosses<'_> for bool {}
impl Crosses<'_> for i32 {}
impl Crosses<'_> for u16 {}
impl Crosses<'_> for f64 {}
impl Crosses<'_> for Bytes {}
impl Crosses<'_> for Bits {}
impl Crosses<'_> for Unsigned {}
impl<'js, T: Crosses<'js>> Crosses<'js> for Vec<T> {}
impl<'js, T: Crosses<'js>> Crosses<'js> for Option<T> {}
impl<'js, A: Crosses<'js>, B: Crosses<'js>> Crosses<'js> for List<(A, B)> {}

/// Text as the kernel has it. What is not UTF-8 becomes a lone surrogate U+DC80..U+DCFF and comes back as the same byte.
pub struct Bytes(pub Vec<u8>);

impl<'js> IntoJs<'js> for Bytes {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        if let Ok(text) = core::str::from_utf8(&self.0) {
            return JsString::from_str(ctx.clone(), text).map(JsString::into_value);
        }
        let units = escape(&self.0);
        // SAFETY: the engine copies `len` units of a vector that outlives the call; what it returns is a value or an
        // exception, owned by nobody else yet.
        let raw = unsafe { qjs::JS_NewStringUTF16(ctx.as_raw().as_ptr(), units.as_ptr(), units.len() as _) };
        // SAFETY: the same value, whose ownership moves into the wrapper.
        let text = unsafe { Value::from_raw(ctx.clone(), raw) };
        if text.is_string() {
            Ok(text)
        } else {
            Err(Error::Exception)
        }
    }
}

fn escape(bytes: &[u8]) -> Vec<u16> {
    let mut units = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        units.extend(chunk.valid().encode_utf16());
        units.extend(chunk.invalid().iter().map(|&byte| ESCAPE + u16::from(byte)));
    }
    units
}

/// A capability mask, an inode number, a limit.
pub struct Bits(pub u64);

impl<'js> IntoJs<'js> for Bits {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        BigInt::from_u64(ctx.clone(), self.0).map(BigInt::into_value)
    }
}

/// A number of 32 bits, such as an id.
#[derive(Clone, Copy)]
pub struct Unsigned(pub u32);

impl<'js> IntoJs<'js> for Unsigned {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        match i32::try_from(self.0) {
            Ok(small) => small.into_js(ctx),
            Err(_) => f64::from(self.0).into_js(ctx),
        }
    }
}

/// `None` when the value is not a string.
pub fn bytes(value: &Value<'_>) -> Result<Option<Vec<u8>>> {
    if !value.is_string() {
        return Ok(None);
    }
    let engine = value.ctx().as_raw().as_ptr();
    let mut length = 0;
    // SAFETY: the value is a string of this engine; the bytes returned are valid until they are freed below.
    let start = unsafe { qjs::JS_ToCStringLen2(engine, &raw mut length, value.as_raw(), false) };
    if start.is_null() {
        return Err(Error::Exception);
    }
    // SAFETY: the engine wrote `length` initialised bytes at `start`.
    let copy = unsafe { core::slice::from_raw_parts(start.cast::<u8>(), length as usize) }.to_vec();
    // SAFETY: `start` came from the call above and nothing refers to it any more.
    unsafe { qjs::JS_FreeCString(engine, start) };
    Ok(Some(unescape(copy)))
}

/// The engine writes a lone surrogate as three bytes, here ED B2..B3 80..BF; UTF-8 has no such sequence.
fn unescape(encoded: Vec<u8>) -> Vec<u8> {
    if !encoded.contains(&0xed) {
        return encoded;
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_slice();
    while let [first, tail @ ..] = rest {
        rest = match rest {
            [0xed, high @ 0xb2..=0xb3, low @ 0x80..=0xbf, after @ ..] => {
                bytes.push(((high & 3) << 6) | (low & 0x3f));
                after
            }
            _ => {
                bytes.push(*first);
                tail
            }
        };
    }
    bytes
}

/// The bigint when it is in 0..2^64; the engine alone would take it modulo 2^64.
pub fn bits(value: &Value<'_>) -> Result<Option<u64>> {
    if !value.is_big_int() {
        return Ok(None);
    }
    let engine = value.ctx().as_raw().as_ptr();
    let mut wrapped = 0_u64;
    // SAFETY: the engine writes one integer to a variable of this frame.
    if unsafe { qjs::JS_ToBigUint64(engine, &raw mut wrapped, value.as_raw()) } < 0 {
        return Err(Error::Exception);
    }
    let back = BigInt::from_u64(value.ctx().clone(), wrapped)?;
    // SAFETY: two live values of this engine, compared and left alone.
    let same = unsafe { qjs::JS_IsStrictEqual(engine, back.as_value().as_raw(), value.as_raw()) };
    Ok(same.then_some(wrapped))
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
