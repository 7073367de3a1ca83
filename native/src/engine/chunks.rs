//! The bytecode in this program.
#![allow(unsafe_code)]

use alloc::borrow::ToOwned;
use alloc::string::String;

use rquickjs_core::loader::{ImportAttributes, Loader, Resolver};
use rquickjs_core::module::Declared;
use rquickjs_core::{Ctx, Error, Module, Result};

use super::memory;

struct Chunk {
    name: &'static str,
    bytes: &'static [u8],
}

// `PREPARED` is what main.js imports, `LAZY` what it loads when needed.
include!(concat!(env!("OUT_DIR"), "/chunks.rs"));

/// Chunk names are flat: `./tools-ABC.js` in any chunk is `tools-ABC.js`.
pub struct EmbeddedResolver;

impl Resolver for EmbeddedResolver {
    fn resolve<'js>(&mut self, _: &Ctx<'js>, _: &str, name: &str, _: Option<ImportAttributes<'js>>) -> Result<String> {
        Ok(name.trim_start_matches("./").to_owned())
    }
}

/// Serves the chunks of this binary and nothing else: no file is ever loaded as code.
pub struct EmbeddedLoader;

impl Loader for EmbeddedLoader {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        load(ctx, name)
    }
}

pub fn load<'js>(ctx: &Ctx<'js>, name: &str) -> Result<Module<'js, Declared>> {
    let chunks = memory::engine().map_or(PREPARED, |_| LAZY);
    let chunk = chunks.iter().find(|chunk| chunk.name == name);
    // SAFETY: the bytes were written by the same QuickJS at build time and lie in read-only memory for the whole run.
    unsafe { Module::load(ctx.clone(), chunk.ok_or_else(|| Error::new_loading(name))?.bytes) }
}
