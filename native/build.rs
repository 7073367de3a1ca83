//! Compiles the JavaScript chunks to QuickJS bytecode and lists them for the
//! engine. The parser runs here and only here.

use std::path::{Path, PathBuf};
use std::{env, fs};

use rquickjs_core::loader::{ImportAttributes, Loader, Resolver};
use rquickjs_core::{Context, Ctx, Error, Module, Result, Runtime, WriteOptions, module::Declared};

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
        let source = fs::read(dir.join(name)).expect("chunk");
        let module = Module::declare(ctx.clone(), name, source).unwrap_or_else(|_| panic!("{name}: {:?}", ctx.catch()));
        // Without the source text; line numbers stay, so a stack trace of ours names its line.
        module
            .write(WriteOptions {
                strip_source: true,
                ..Default::default()
            })
            .expect("bytecode")
    })
}

fn main() {
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

    let mut table = String::from("pub static CHUNKS: &[(&str, &[u8])] = &[\n");
    for name in &names {
        let file = out.join(format!("{name}.qjsc"));
        fs::write(&file, compile(&chunks, name)).expect("write");
        table.push_str(&format!(
            "    ({name:?}, include_bytes!({:?})),\n",
            file.display().to_string()
        ));
    }
    table.push_str("];\n");
    fs::write(out.join("chunks.rs"), table).expect("write");
}
