//! Landlock, and the filter that goes with it. landlock(7)

use crate::border::Function;
use crate::sys::{landlock as calls, seccomp};

pub const READS: &[Function] = &[Function::new(c"landlockAbi", |a| a.give(calls::abi()?))];

pub const ACTS: &[Function] = &[
    Function::new(c"landlockCreateRuleset", |a| {
        a.give(calls::create_ruleset(a.int(0)?, a.int(1)?, a.int(2)?)?)
    }),
    Function::new(c"landlockAddPath", |a| {
        a.give(calls::add_path(a.int(0)?, a.int(1)?, a.int(2)?)?)
    }),
    Function::new(c"landlockAddPort", |a| {
        a.give(calls::add_port(a.int(0)?, a.int(1)?, a.int(2)?)?)
    }),
    Function::new(c"landlockRestrictSelf", |a| a.give(calls::restrict_self(a.int(0)?)?)),
    Function::new(c"loadFilter", |a| {
        seccomp::load(&seccomp::decode(&a.bytes(0)?)?, a.int(1)?)?;
        a.give(0)
    }),
];
