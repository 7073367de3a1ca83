//! Mounts. mount_namespaces(7)

use rustix::io::Errno;

use crate::border::Function;
use crate::sys::mounts as calls;

pub const ACTS: &[Function] = &[
    Function::new(c"fsopen", |a| a.give(calls::open_file_system(&a.c_string(0)?)?)),
    Function::new(c"fsconfigString", |a| {
        a.give(calls::configure_string(a.int(0)?, &a.c_string(1)?, &a.c_string(2)?)?)
    }),
    Function::new(c"fsconfigFlag", |a| {
        a.give(calls::configure_flag(a.int(0)?, &a.c_string(1)?)?)
    }),
    Function::new(c"fsconfigCreate", |a| a.give(calls::configure_create(a.int(0)?)?)),
    Function::new(c"fsmount", |a| a.give(calls::mount_file_system(a.int(0)?, a.int(1)?)?)),
    Function::new(c"openTree", |a| {
        a.give(calls::open_tree(a.int(0)?, &a.c_string(1)?, a.int(2)?)?)
    }),
    Function::new(c"moveMount", |a| a.give(calls::move_mount(a.int(0)?, a.int(1)?)?)),
    Function::new(c"mountSetattr", |a| {
        let bits = [a.bits(1)?, a.bits(2)?, a.bits(3)?];
        let namespace = match a.value(5).is_undefined() {
            true => 0,
            false => a.int(5)?,
        };
        a.give(calls::set_attributes(bits, a.int(0)?, a.flag(4)?, namespace)?)
    }),
    Function::new(c"mount", |a| match a.c_strings(0)?.as_slice() {
        [source, target, kind, data] => a.give(calls::mount(source, target, kind, a.int(1)?, data)?),
        _ => Err(Errno::INVAL.into()),
    }),
    Function::new(c"umount", |a| a.give(calls::unmount(&a.c_string(0)?, a.int(1)?)?)),
];
