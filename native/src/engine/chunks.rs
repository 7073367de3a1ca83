//! The bytecode in this program. What main.js loads when it is needed is packed.
#![allow(unsafe_code)]

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use rquickjs_core::loader::{ImportAttributes, Loader, Resolver};
use rquickjs_core::module::Declared;
use rquickjs_core::{Ctx, Error, Module, Result, qjs};

use super::memory;

struct Chunk {
    name: &'static str,
    length: usize,
    /// Deflated behind `DICTIONARY` where it is shorter than `length`, RFC 1951.
    bytes: &'static [u8],
}

// `PREPARED` is what main.js imports, `LAZY` what it loads when needed, `DICTIONARY` what of this stands in many places.
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
    // The engine keeps nothing of the bytes.
    const { assert!(qjs::JS_READ_OBJ_ROM_DATA == 0) };
    let chunks = memory::engine().map_or(PREPARED, |_| LAZY);
    let code = chunks.iter().find(|chunk| chunk.name == name).and_then(Chunk::unpack);
    // SAFETY: the bytes were written by the same QuickJS at build time.
    unsafe { Module::load(ctx.clone(), &code.ok_or_else(|| Error::new_loading(name))?) }
}

impl Chunk {
    fn unpack(&self) -> Option<Cow<'static, [u8]>> {
        if self.bytes.len() == self.length {
            return Some(Cow::Borrowed(self.bytes));
        }
        let start = DICTIONARY.len();
        let mut code = Vec::with_capacity(start + self.length);
        code.extend_from_slice(DICTIONARY);
        code.resize(start + self.length, 0);
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, _, written) = decompress(&mut DecompressorOxide::new(), self.bytes, &mut code, start, flags);
        code.drain(..start);
        (status == TINFLStatus::Done && written == self.length).then_some(Cow::Owned(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chunk_is_there_whole() {
        let (packed, plain): (Vec<_>, Vec<_>) = LAZY.iter().partition(|chunk| chunk.bytes.len() < chunk.length);
        for chunk in packed.iter().chain(&plain) {
            assert_eq!(
                chunk.unpack().map(|code| code.len()),
                Some(chunk.length),
                "{}",
                chunk.name
            );
        }
        let tools = |chunk: &&&Chunk| chunk.name.starts_with("tools-");
        assert_eq!(
            (packed.iter().filter(tools).count(), plain.iter().filter(tools).count()),
            (1, 0)
        );
    }

    #[test]
    fn a_chunk_that_is_cut_is_none() {
        let whole = LAZY.iter().find(|chunk| chunk.bytes.len() < chunk.length).unwrap();
        // The last byte may have nothing of it.
        for length in [0, 1, whole.bytes.len() / 2, whole.bytes.len() - 2] {
            let bytes = &whole.bytes[..length];
            assert!(Chunk { bytes, ..*whole }.unpack().is_none(), "{length}");
        }
        let length = whole.length - 1;
        assert!(Chunk { length, ..*whole }.unpack().is_none());
    }
}
