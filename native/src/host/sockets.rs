//! Sockets and descriptors.

use crate::border::Function;
use crate::sys::{fd, sockets as calls};

pub const ACTS: &[Function] = &[
    Function::new(c"socket", |a| a.give(calls::socket(a.int(0)?, a.int(1)?, a.int(2)?)?)),
    Function::new(c"setsockoptInt", |a| {
        a.give(calls::set_option(a.int(0)?, a.int(1)?, a.int(2)?, a.int(3)?)?)
    }),
    Function::new(c"bindInet", |a| {
        a.give(calls::bind_internet(a.int(0)?, &a.bytes(1)?, a.int(2)?)?)
    }),
    Function::new(c"bindUnix", |a| a.give(calls::bind_unix(a.int(0)?, &a.bytes(1)?)?)),
    Function::new(c"listen", |a| a.give(calls::listen(a.int(0)?, a.int(1)?)?)),
    Function::new(c"connectInet", |a| {
        a.give(calls::connect_internet(a.int(0)?, &a.bytes(1)?, a.int(2)?)?)
    }),
    Function::new(c"connectUnix", |a| {
        a.give(calls::connect_unix(a.int(0)?, &a.bytes(1)?)?)
    }),
    Function::new(c"send", |a| a.give(calls::send(a.int(0)?, &a.bytes(1)?)?)),
    Function::new(c"sendDescriptor", |a| {
        a.give(calls::send_descriptor(a.int(0)?, a.int(1)?)?)
    }),
];

pub const DESCRIPTORS: &[Function] = &[
    Function::new(c"close", |a| a.give(fd::close(a.int(0)?)?)),
    Function::new(c"getFdFlags", |a| a.give(fd::flags(a.int(0)?)?)),
    Function::new(c"closeRange", |a| a.give(fd::close_range(a.int(0)?, a.int(1)?)?)),
    Function::new(c"closeRangeOnExec", |a| {
        a.give(fd::close_range_on_exec(a.int(0)?, a.int(1)?)?)
    }),
    Function::new(c"dupAbove", |a| a.give(fd::duplicate_above(a.int(0)?, a.int(1)?)?)),
    Function::new(c"dupInheritedAbove", |a| {
        a.give(fd::duplicate_inherited_above(a.int(0)?, a.int(1)?)?)
    }),
    Function::new(c"dupInherited", |a| {
        a.give(fd::duplicate_inherited(a.int(0)?, a.int(1)?)?)
    }),
];
