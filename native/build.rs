//! Compiles the JavaScript chunks to QuickJS bytecode and lists them for the
//! engine. The parser runs here and only here.

use std::path::{Path, PathBuf};
use std::{env, fs};

use rquickjs_core::loader::{ImportAttributes, Loader, Resolver};
use rquickjs_core::{Context, Ctx, Error, Module, Result, Runtime, WriteOptions, module::Declared};

#[path = "build/nameless.rs"]
mod nameless;
#[path = "build/pack.rs"]
mod pack;
use pack::{LC, LP, PB, Packed};

/// Chunk names are flat: `./tools-ABC.js` from any chunk is `tools-ABC.js`.
struct FlatResolver;

impl Resolver for FlatResolver {
    fn resolve<'js>(&mut self, _: &Ctx<'js>, _: &str, name: &str, _: Option<ImportAttributes<'js>>) -> Result<String> {
        Ok(name.trim_start_matches("./").to_owned())
    }
}

struct ChunkLoader(PathBuf);

impl Loader for ChunkLoader {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        let source = fs::read(self.0.join(name)).map_err(|_| Error::new_loading(name))?;
        Module::declare(ctx.clone(), name, source)
    }
}

fn compile(dir: &Path, name: &str) -> Vec<u8> {
    let runtime = Runtime::new().expect("runtime");
    runtime.set_loader(FlatResolver, ChunkLoader(dir.to_owned()));
    let context = Context::full(&runtime).expect("context");
    context.with(|ctx| {
        let source = fs::read_to_string(dir.join(name)).expect("chunk");
        // import() looks for its chunk from the file that it stands in, whose name is part of what else only serves stack traces. Those
        // name the functions without it; of lines there is one in each chunk.
        let strip_debug = !source.contains("import(");
        let module = Module::declare(ctx.clone(), name, source).unwrap_or_else(|_| panic!("{name}: {:?}", ctx.catch()));
        let code = module.write(WriteOptions {
            strip_source: true,
            strip_debug,
            ..Default::default()
        });
        nameless::nameless(&code.expect("bytecode"))
    })
}

/// What main.js imports is only needed while the engine is prepared, so it lies in a section that the shipped program is without.
fn prepared(file: &Path, code: &[u8]) -> String {
    let length = code.len();
    let section = "#[unsafe(link_section = \".boot\")]";
    fs::write(file, code).expect("write");
    format!("Packing::None, bytes: {{ {section} static CODE: [u8; {length}] = *include_bytes!({file:?}); &CODE }}")
}

/// To unpack takes tables, which cost as much for a small chunk as for a large one.
const WORTH_PACKING: usize = 480;

fn packed(dictionary: &[u8], file: &Path, code: &[u8]) -> String {
    let packed = pack::packed(dictionary, code).map(|packed| match packed {
        Packed::Deflated(bytes) => ("Deflated", bytes),
        Packed::Lzma(bytes) => ("Lzma", bytes),
    });
    let worth = packed.filter(|(_, bytes)| bytes.len() + WORTH_PACKING <= code.len());
    let (packing, bytes) = worth.unwrap_or_else(|| ("None", code.to_owned()));
    fs::write(file, bytes).expect("write");
    format!("Packing::{packing}, bytes: include_bytes!({file:?})")
}

/// Functions of the engine and the C library for which this program has its own: native/src/sys/start.rs, native/src/engine/without.rs.
const REPLACED: [&str; 6] = [
    "gettimeofday",
    "unicode_normalize",
    "unicode_script",
    "unicode_general_category",
    "unicode_prop",
    "unicode_sequence_prop",
];

/// The C library is musl's: a start of glibc's asks the processor for its features, which takes a virtual machine longer than all the
/// rest of a start. Tests have Rust's standard library, which is built for glibc, and are never built for release.
fn link_with_musl() {
    if env::var("PROFILE").as_deref() != Ok("release") {
        return;
    }
    let directory = format!(
        "/usr/lib/{}-linux-musl",
        env::var("CARGO_CFG_TARGET_ARCH").expect("architecture")
    );
    println!("cargo::rustc-link-arg-bins=-nostartfiles");
    for replaced in REPLACED {
        println!("cargo::rustc-link-arg-bins=-Wl,--wrap={replaced}");
    }
    println!("cargo::rustc-link-arg-bins=-L{directory}");
    for object in ["crt1.o", "crti.o", "crtn.o"] {
        println!("cargo::rustc-link-arg-bins={directory}/{object}");
    }
}

fn main() {
    link_with_musl();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("OUT_DIR"));
    let chunks = env::var_os("ABDICATE_CHUNKS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../build/js"),
        PathBuf::from,
    );
    println!("cargo::rerun-if-env-changed=ABDICATE_CHUNKS");
    println!("cargo::rerun-if-changed={}", chunks.display());

    let mut names: Vec<String> = fs::read_dir(&chunks)
        .expect("build/js: run `make js` first")
        .map(|entry| entry.expect("entry").file_name().into_string().expect("utf-8"))
        .filter(|name| name.ends_with(".js"))
        .collect();
    names.sort();

    let closure = fs::read_to_string(chunks.join("prepared")).expect("the list of what main.js imports");
    let (boot, lazy): (Vec<_>, Vec<_>) = names.iter().partition(|name| closure.lines().any(|line| line == *name));
    let compiled = |names: &[&String]| -> Vec<_> { names.iter().map(|name| compile(&chunks, name)).collect() };
    let table = |names: &[&String], codes: &[Vec<u8>], store: &dyn Fn(&Path, &[u8]) -> String| {
        let entries = names.iter().zip(codes).map(|(name, code)| {
            let bytes = store(&out.join(format!("{name}.qjsc")), code);
            format!(
                "    Chunk {{ name: {name:?}, length: {}, packing: {bytes} }},\n",
                code.len()
            )
        });
        format!("&[Chunk] = &[\n{}];\n", entries.collect::<String>())
    };
    let codes = compiled(&lazy);
    // What is large has most of its words in itself.
    let small: Vec<_> = codes.iter().filter(|code| code.len() < pack::LARGE).cloned().collect();
    let dictionary = pack::dictionary(&small);
    let dictionary_file = out.join("dictionary");
    fs::write(&dictionary_file, &dictionary).expect("write");
    let source = format!(
        "const LC: u32 = {LC};\nconst LP: u32 = {LP};\nconst PB: u32 = {PB};\nstatic PREPARED: {}static LAZY: {}static DICTIONARY: &[u8] = include_bytes!({dictionary_file:?});\n",
        table(&boot, &compiled(&boot), &prepared),
        table(&lazy, &codes, &|file, code| packed(&dictionary, file, code))
    );
    fs::write(out.join("chunks.rs"), source).expect("write");
}
