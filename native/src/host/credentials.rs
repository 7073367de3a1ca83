//! Ids and capabilities. credentials(7), capabilities(7)

use alloc::vec::Vec;
use rquickjs_core::convert::List;

use crate::border::{Bits, Function, Unsigned};
use crate::sys::{credentials as calls, mounts, seccomp};

pub const READS: &[Function] = &[
    Function::new(c"getresuid", |a| a.give(unsigned(&calls::user_ids()))),
    Function::new(c"getresgid", |a| a.give(unsigned(&calls::group_ids()))),
    Function::new(c"getgroups", |a| a.give(unsigned(&calls::groups()?))),
    Function::new(c"capget", |a| {
        let sets = calls::capget(a.int(0)?)?;
        a.give(sets.map(Bits).into_iter().collect::<Vec<_>>())
    }),
    Function::new(c"capbsetReadAll", |a| {
        let (bits, last) = calls::bounding_set()?;
        a.give(List((Bits(bits), Unsigned(last))))
    }),
    Function::new(c"capAmbientReadAll", |a| a.give(Bits(calls::ambient_set(a.int(0)?)?))),
    Function::new(c"getSecurebits", |a| a.give(calls::securebits()?)),
    Function::new(c"getNoNewPrivs", |a| a.give(calls::no_new_privileges()?)),
    Function::new(c"getKeepCaps", |a| a.give(calls::keep_capabilities()?)),
    Function::new(c"getSeccomp", |a| a.give(calls::seccomp_mode()?)),
    Function::new(c"takesFilters", |a| a.give(seccomp::is_taken()?)),
    Function::new(c"takesMounts", |a| a.give(mounts::are_taken()?)),
    Function::new(c"getParentDeathSignal", |a| a.give(calls::parent_death_signal()?)),
];

pub const ACTS: &[Function] = &[
    Function::new(c"setgroups", |a| a.give(calls::set_groups(&a.ids(0)?)?)),
    Function::new(c"setresuid", |a| {
        a.give(calls::set_user_ids(a.id(0)?, a.id(1)?, a.id(2)?)?)
    }),
    Function::new(c"setresgid", |a| {
        a.give(calls::set_group_ids(a.id(0)?, a.id(1)?, a.id(2)?)?)
    }),
    Function::new(c"capset", |a| {
        a.give(calls::capset(a.bits(0)?, a.bits(1)?, a.bits(2)?)?)
    }),
    Function::new(c"capbsetDrop", |a| a.give(calls::bounding_drop(a.int(0)?)?)),
    Function::new(c"capAmbientRaise", |a| a.give(calls::ambient_raise(a.int(0)?)?)),
    Function::new(c"capAmbientLower", |a| a.give(calls::ambient_lower(a.int(0)?)?)),
    Function::new(c"capAmbientClearAll", |a| a.give(calls::ambient_clear_all()?)),
    Function::new(c"setSecurebits", |a| a.give(calls::set_securebits(a.int(0)?)?)),
    Function::new(c"setKeepCaps", |a| a.give(calls::set_keep_capabilities(a.int(0)?)?)),
    Function::new(c"setNoNewPrivs", |a| a.give(calls::set_no_new_privileges()?)),
    Function::new(c"setParentDeathSignal", |a| {
        a.give(calls::set_parent_death_signal(a.int(0)?)?)
    }),
    Function::new(c"setTracer", |a| a.give(calls::set_tracer(a.int(0)?)?)),
];

fn unsigned(ids: &[u32]) -> Vec<Unsigned> {
    ids.iter().copied().map(Unsigned).collect()
}
