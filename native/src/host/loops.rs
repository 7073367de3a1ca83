//! Loop devices. loop(4)

use crate::border::{Arguments, Converted, Function};
use crate::sys::loops::{self as calls, Part};

pub const ACTS: &[Function] = &[
    Function::new(c"loopFree", |a| a.give(calls::free_number(a.int(0)?)?)),
    Function::new(c"loopConfigure", |a| {
        a.give(calls::configure(a.int(0)?, a.int(1)?, &part(a, 2)?)?)
    }),
    Function::new(c"loopSetFile", |a| a.give(calls::set_file(a.int(0)?, a.int(1)?)?)),
    Function::new(c"loopSetStatus", |a| {
        a.give(calls::set_status(a.int(0)?, &part(a, 1)?)?)
    }),
];

/// Three arguments from here on.
fn part(a: &Arguments<'_, '_>, from: usize) -> Converted<Part> {
    Ok(Part {
        offset: a.int(from)?,
        size: a.int(from + 1)?,
        flags: a.int(from + 2)?,
    })
}
