//! What a native function gets and gives. A number that does not fit is -EINVAL and never narrowed; a value of another
//! type is a defect of the other side and throws.

use alloc::ffi::CString;
use alloc::vec::Vec;

use rquickjs_core::{Ctx, Error, Object, Value};
use rustix::io::Errno;

use super::values::{self, Bytes, Crosses};

pub enum Refusal {
    /// Goes back as a negative number.
    Errno(Errno),
    /// Is thrown.
    Engine(Error),
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

pub type Converted<T> = Result<T, Refusal>;
pub type Answer<'js> = Converted<Value<'js>>;

pub struct Arguments<'call, 'js> {
    pub ctx: &'call Ctx<'js>,
    values: &'call [Value<'js>],
}

impl<'call, 'js> Arguments<'call, 'js> {
    pub fn new(ctx: &'call Ctx<'js>, values: &'call [Value<'js>]) -> Self {
        Self { ctx, values }
    }

    pub fn give(&self, value: impl Crosses<'js>) -> Answer<'js> {
        Ok(value.into_js(self.ctx)?)
    }

    pub fn value(&self, index: usize) -> Value<'js> {
        let missing = || Value::new_undefined(self.ctx.clone());
        self.values.get(index).cloned().unwrap_or_else(missing)
    }

    pub fn int<T: TryFrom<i64>>(&self, index: usize) -> Converted<T> {
        int(&self.value(index))
    }

    /// Part of a millisecond counts as one, so that waiting never ends early; too long for the kernel is its longest.
    pub fn milliseconds(&self, index: usize) -> Converted<i32> {
        match self.value(index).as_number() {
            Some(number) if !number.is_nan() => {
                Ok((number as i32).saturating_add(i32::from(number > f64::from(number as i32))))
            }
            _ => Err(Errno::INVAL.into()),
        }
    }

    pub fn id(&self, index: usize) -> Converted<u32> {
        id(&self.value(index))
    }

    pub fn optional_id(&self, index: usize) -> Converted<Option<u32>> {
        optional_id(&self.value(index))
    }

    pub fn ids(&self, index: usize) -> Converted<Vec<u32>> {
        list(&self.value(index), id)
    }

    pub fn bits(&self, index: usize) -> Converted<u64> {
        let value = self.value(index);
        if !value.is_big_int() {
            return mismatch(&value, "bigint");
        }
        values::bits(&value)?.ok_or(Refusal::Errno(Errno::INVAL))
    }

    pub fn flag(&self, index: usize) -> Converted<bool> {
        Ok(self.value(index).get()?)
    }

    pub fn bytes(&self, index: usize) -> Converted<Vec<u8>> {
        bytes(&self.value(index))
    }

    pub fn c_string(&self, index: usize) -> Converted<CString> {
        c_string(&self.value(index))
    }

    pub fn c_strings(&self, index: usize) -> Converted<Vec<CString>> {
        list(&self.value(index), c_string)
    }

    pub fn list<T>(&self, index: usize, each: impl Fn(&Value<'js>) -> Converted<T>) -> Converted<Vec<T>> {
        list(&self.value(index), each)
    }

    pub fn object(&self, index: usize) -> Converted<Object<'js>> {
        Ok(self.value(index).get()?)
    }
}

fn mismatch<T>(value: &Value<'_>, wanted: &'static str) -> Converted<T> {
    Err(Error::new_from_js(value.type_name(), wanted).into())
}

pub fn int<T: TryFrom<i64>>(value: &Value<'_>) -> Converted<T> {
    let Some(number) = value.as_number() else {
        return mismatch(value, "number");
    };
    // `as` stops at the ends of i64, and the comparison refuses fractions, NaN and what was stopped there.
    let whole = number as i64;
    if whole as f64 != number || whole == i64::MAX {
        return Err(Errno::INVAL.into());
    }
    T::try_from(whole).map_err(|_| Errno::INVAL.into())
}

/// 4294967295 is no id: the kernel takes it for one that is to be left alone.
pub fn id(value: &Value<'_>) -> Converted<u32> {
    match int(value)? {
        u32::MAX => Err(Errno::INVAL.into()),
        id => Ok(id),
    }
}

/// `undefined` leaves the id alone.
pub fn optional_id(value: &Value<'_>) -> Converted<Option<u32>> {
    if value.is_undefined() {
        return Ok(None);
    }
    id(value).map(Some)
}

fn bytes(value: &Value<'_>) -> Converted<Vec<u8>> {
    match values::bytes(value)? {
        Some(bytes) => Ok(bytes),
        None => mismatch(value, "string"),
    }
}

pub fn c_string(value: &Value<'_>) -> Converted<CString> {
    CString::new(bytes(value)?).map_err(|_| Errno::INVAL.into())
}

pub fn list<'js, T>(value: &Value<'js>, each: impl Fn(&Value<'js>) -> Converted<T>) -> Converted<Vec<T>> {
    let Some(array) = value.as_array() else {
        return mismatch(value, "array");
    };
    array.iter::<Value<'js>>().map(|item| each(&item?)).collect()
}

pub fn texts(list: impl IntoIterator<Item = Vec<u8>>) -> Vec<Bytes> {
    list.into_iter().map(Bytes).collect()
}
