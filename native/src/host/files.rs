//! Files and directories.

use rquickjs_core::{Ctx, IntoJs, Object, Result, Value};
use rustix::fs::{Stat, major, minor};

use crate::border::{Bits, Bytes, Crosses, Function, Unsigned, texts};
use crate::sys::files as calls;

/// The members of `Stat` in native.ts.
struct StatValue(Stat);

impl Crosses<'_> for StatValue {}

impl<'js> IntoJs<'js> for StatValue {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let Self(stat) = self;
        let device = |number: u64| format!("{}:{}", major(number), minor(number));
        let object = Object::new(ctx.clone())?;
        object.set("mode", Unsigned(stat.st_mode))?;
        object.set("uid", Unsigned(stat.st_uid))?;
        object.set("gid", Unsigned(stat.st_gid))?;
        object.set("nlink", stat.st_nlink as f64)?;
        object.set("size", stat.st_size as f64)?;
        object.set("mtime", seconds(stat.st_mtime, stat.st_mtime_nsec))?;
        object.set("ctime", seconds(stat.st_ctime, stat.st_ctime_nsec))?;
        object.set("dev", device(stat.st_dev))?;
        object.set("rdev", device(stat.st_rdev))?;
        object.set("ino", Bits(stat.st_ino))?;
        Ok(object.into_value())
    }
}

fn seconds(whole: impl Into<i64>, nanoseconds: impl TryInto<u32>) -> f64 {
    whole.into() as f64 + f64::from(nanoseconds.try_into().unwrap_or(0)) / 1e9
}

pub const READS: &[Function] = &[
    Function::new(c"openRead", |a| {
        a.give(calls::open_read(a.int(0)?, &a.c_string(1)?, a.int(2)?, a.int(3)?)?)
    }),
    Function::new(c"fstat", |a| a.give(StatValue(calls::fstat(a.int(0)?)?))),
    Function::new(c"statat", |a| {
        a.give(StatValue(calls::stat_at(a.int(0)?, &a.c_string(1)?, a.int(2)?)?))
    }),
    Function::new(c"readlinkat", |a| {
        let target = calls::read_link(a.int(0)?, &a.c_string(1)?)?;
        a.give(Bytes(target.into_bytes()))
    }),
    Function::new(c"readAll", |a| a.give(Bytes(calls::read_all(a.int(0)?, a.int(1)?)?))),
    Function::new(c"read", |a| a.give(Bytes(calls::read(a.int(0)?, a.int(1)?)?))),
    Function::new(c"pread", |a| {
        a.give(Bytes(calls::read_at(a.int(0)?, a.int(1)?, a.int(2)?)?))
    }),
    Function::new(c"readDirectory", |a| a.give(texts(calls::directory_names(a.int(0)?)?))),
    Function::new(c"fstatfs", |a| {
        let (magic, flags) = calls::file_system(a.int(0)?)?;
        a.give(vec![magic as f64, flags as f64])
    }),
    Function::new(c"space", |a| {
        a.give(calls::space(a.int(0)?)?.map(|each| each as f64).to_vec())
    }),
    Function::new(c"getxattr", |a| {
        a.give(Bytes(calls::get_attribute(a.int(0)?, &a.c_string(1)?)?))
    }),
    Function::new(c"listxattr", |a| a.give(texts(calls::list_attributes(a.int(0)?)?))),
    Function::new(c"faccessat", |a| {
        a.give(calls::access(a.int(0)?, &a.c_string(1)?, a.int(2)?)?)
    }),
];

pub const CONTENTS: &[Function] = &[
    Function::new(c"open", |a| {
        a.give(calls::open(
            a.int(0)?,
            &a.c_string(1)?,
            a.int(2)?,
            a.int(3)?,
            a.int(4)?,
        )?)
    }),
    Function::new(c"write", |a| a.give(calls::write(a.int(0)?, &a.bytes(1)?)?)),
    Function::new(c"syncfs", |a| a.give(calls::synchronise_file_system(a.int(0)?)?)),
    Function::new(c"fsync", |a| a.give(calls::synchronise(a.int(0)?)?)),
    Function::new(c"ftruncate", |a| a.give(calls::truncate(a.int(0)?, a.int(1)?)?)),
    Function::new(c"lease", |a| a.give(calls::lease(a.int(0)?, a.int(1)?)?)),
    Function::new(c"flock", |a| a.give(calls::lock(a.int(0)?, a.int(1)?)?)),
    Function::new(c"lockPart", |a| {
        a.give(calls::lock_part(a.int(0)?, a.flag(1)?, a.int(2)?, a.int(3)?)?)
    }),
    Function::new(c"setxattr", |a| {
        a.give(calls::set_attribute(a.int(0)?, &a.c_string(1)?, &a.bytes(2)?)?)
    }),
    Function::new(c"removexattr", |a| {
        a.give(calls::remove_attribute(a.int(0)?, &a.c_string(1)?)?)
    }),
];

pub const NAMES: &[Function] = &[
    Function::new(c"mkdirat", |a| {
        a.give(calls::make_directory(a.int(0)?, &a.c_string(1)?, a.int(2)?)?)
    }),
    Function::new(c"mknodat", |a| {
        a.give(calls::make_node(
            a.int(0)?,
            &a.c_string(1)?,
            a.int(2)?,
            a.int(3)?,
            a.int(4)?,
        )?)
    }),
    Function::new(c"symlinkat", |a| {
        a.give(calls::symlink(&a.c_string(0)?, a.int(1)?, &a.c_string(2)?)?)
    }),
    Function::new(c"linkat", |a| {
        a.give(calls::link(a.int(0)?, &a.c_string(1)?, a.int(2)?, &a.c_string(3)?)?)
    }),
    Function::new(c"unlinkat", |a| {
        a.give(calls::unlink(a.int(0)?, &a.c_string(1)?, a.int(2)?)?)
    }),
    Function::new(c"renameat2", |a| {
        a.give(calls::rename(
            a.int(0)?,
            &a.c_string(1)?,
            a.int(2)?,
            &a.c_string(3)?,
            a.int(4)?,
        )?)
    }),
];

pub const OWNERS: &[Function] = &[
    Function::new(c"fchmod", |a| a.give(calls::change_mode(a.int(0)?, a.int(1)?)?)),
    Function::new(c"fchown", |a| {
        a.give(calls::change_owner(a.int(0)?, a.optional_id(1)?, a.optional_id(2)?)?)
    }),
    Function::new(c"fchownat", |a| {
        a.give(calls::change_owner_at(
            a.int(0)?,
            &a.c_string(1)?,
            a.optional_id(2)?,
            a.optional_id(3)?,
            a.int(4)?,
        )?)
    }),
];
