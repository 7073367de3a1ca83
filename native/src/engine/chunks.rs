//! The bytecode in this program. What main.js loads when it is needed is packed.
#![allow(unsafe_code)]

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use lzma_rust2::{LzmaReader, Read as _};
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
    packing: Packing,
    bytes: &'static [u8],
}

/// How it lies in the file, behind `DICTIONARY`: deflated, RFC 1951, or as raw LZMA where that is much shorter.
#[derive(Clone, Copy, PartialEq)]
enum Packing {
    None,
    Deflated,
    Lzma,
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
        match self.packing {
            Packing::None => Some(Cow::Borrowed(self.bytes)),
            Packing::Deflated => self.inflate().map(Cow::Owned),
            Packing::Lzma => self.unpack_lzma().map(Cow::Owned),
        }
    }

    fn inflate(&self) -> Option<Vec<u8>> {
        let start = DICTIONARY.len();
        let mut code = Vec::with_capacity(start + self.length);
        code.extend_from_slice(DICTIONARY);
        code.resize(start + self.length, 0);
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, _, written) = decompress(&mut DecompressorOxide::new(), self.bytes, &mut code, start, flags);
        code.drain(..start);
        (status == TINFLStatus::Done && written == self.length).then_some(code)
    }

    fn unpack_lzma(&self) -> Option<Vec<u8>> {
        let mut code = vec![0; self.length];
        let reach = u32::try_from(DICTIONARY.len() + self.length).ok()?;
        let mut reader = LzmaReader::new(self.bytes, self.length as u64, LC, LP, PB, reach, Some(DICTIONARY)).ok()?;
        reader.read_exact(&mut code).ok()?;
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chunk_is_there_whole() {
        let (packed, plain): (Vec<_>, Vec<_>) = LAZY.iter().partition(|chunk| chunk.packing != Packing::None);
        for chunk in packed.iter().chain(&plain) {
            assert_eq!(
                chunk.unpack().map(|code| code.len()),
                Some(chunk.length),
                "{}",
                chunk.name
            );
        }
        let tools = LAZY.iter().filter(|chunk| chunk.name.starts_with("tools-"));
        assert!(tools.map(|chunk| chunk.packing).eq([Packing::Lzma]));
    }

    #[test]
    fn a_chunk_that_is_cut_is_none() {
        for packing in [Packing::Deflated, Packing::Lzma] {
            let whole = LAZY.iter().find(|chunk| chunk.packing == packing).unwrap();
            // The last byte may have nothing of it.
            for length in [0, 1, whole.bytes.len() / 2, whole.bytes.len() - 2] {
                let bytes = &whole.bytes[..length];
                assert!(Chunk { bytes, ..*whole }.unpack().is_none(), "{length}");
            }
        }
        let deflated = LAZY.iter().find(|chunk| chunk.packing == Packing::Deflated).unwrap();
        let length = deflated.length - 1;
        assert!(Chunk { length, ..*deflated }.unpack().is_none());
    }
}
