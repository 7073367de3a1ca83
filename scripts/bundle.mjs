// Bundles src/ into the ESM chunks that become bytecode. `--out DIR`, `--replace FROM=TO` to put one module in another's
// place, which is how tests build binaries with a deliberate defect, and `--machine aarch64` for what runs on another one than this.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { builtIn } from "./built-in.mjs";
import { latePatterns } from "./late-patterns.mjs";

const root = resolve(import.meta.dirname, "..");
const { values } = parseArgs({
	options: {
		out: { type: "string", default: "build/js" },
		replace: { type: "string" },
		machine: { type: "string", default: process.arch === "arm64" ? "aarch64" : "x86_64" },
	},
});
const out = resolve(root, values.out);
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const [, nativeVersion] = /^version = "(.*)"$/m.exec(readFileSync(join(root, "native/Cargo.toml"), "utf8")) ?? [];
if (nativeVersion !== version) {
	throw new Error(`package.json says version ${version}, native/Cargo.toml says ${nativeVersion}`);
}

/** commander asks Node for five modules; these small ones stand in for them. */
const alias = Object.fromEntries(
	["child_process", "events", "fs", "path", "process"].map((name) => [`node:${name}`, join(root, "src/tools/shims", `${name}.ts`)]),
);

/** Whoever imports `from` gets `to`, except `to` itself, which may build on the original. */
function replacement(spec) {
	const [from, to] = spec.split("=").map((path) => resolve(root, path));
	return {
		name: "replacement",
		setup(hooks) {
			hooks.onResolve({ filter: /\.ts$/ }, ({ path, importer, resolveDir }) =>
				importer !== to && resolve(resolveDir, path) === from ? { path: to } : undefined,
			);
		},
	};
}

const { outputFiles, metafile } = await build({
	absWorkingDir: root,
	entryPoints: ["src/main.ts"],
	outdir: out,
	bundle: true,
	splitting: true,
	format: "esm",
	platform: "neutral",
	mainFields: ["module", "main"],
	target: "es2023",
	charset: "utf8",
	minifyWhitespace: true,
	minifySyntax: true,
	minifyIdentifiers: true,
	entryNames: "[name]",
	chunkNames: "[name]-[hash]",
	// So that it is found below.
	supported: { "exponent-operator": false },
	define: { __VERSION__: JSON.stringify(version) },
	alias,
	plugins: [builtIn(values.machine), latePatterns, ...(values.replace === undefined ? [] : [replacement(values.replace)])],
	write: false,
	metafile: true,
	logLevel: "warning",
}).catch(() => process.exit(1)); // It has said why.

/** main.js and what it imports, without what it loads only when needed: this much is evaluated when the binary is made. */
function prepared(chunk, found = new Set()) {
	if (!found.has(chunk)) {
		found.add(chunk);
		for (const { path, kind } of metafile.outputs[chunk].imports) {
			if (kind === "import-statement") {
				prepared(path, found);
			}
		}
	}
	return found;
}
const main = relative(root, join(out, "main.js"));
const apart = prepared(main);

/**
 * esbuild makes a file of every group of modules that several chunks have in common. Those that main.js imports are evaluated in any case, and
 * each name that crosses between two files takes places on both sides in the prepared engine: they become one file again, from which
 * the chunks import what they took from the parts.
 */
const partOf = (name) => join(out, basename(name));
const isPart = (name) => apart.has(relative(root, partOf(name)));
const texts = new Map(outputFiles.map(({ path, text }) => [path, text]));
const shared = new Map();
for (const [path, text] of texts) {
	if (!isPart(path)) {
		texts.set(path, fromWhole(text));
	}
}
texts.set(partOf(main), await whole());
for (const part of apart) {
	if (part !== main) {
		texts.delete(join(root, part));
	}
}

/** A chunk's imports, `import{a as b,c}from"./part.js";` for each part, as one from the whole. */
function fromWhole(text) {
	const taken = [];
	const rest = text.replaceAll(/\bimport(?:\{([^}]*)\}from)?"(\.\/[\w-]+\.js)";/g, (statement, names, part) => {
		if (!isPart(part)) {
			return statement;
		}
		for (const each of names?.split(",") ?? []) {
			const [name, alias = name] = each.split(" as ");
			taken.push(`${sharedName(part, name)} as ${alias}`);
		}
		return "";
	});
	return taken.length === 0 ? rest : `import{${taken}}from"./${basename(main)}";${rest}`;
}

/** What the whole calls a name of a part: as short as the names of variables, most of which are there anyway. */
function sharedName(part, name) {
	const key = `${part} ${name}`;
	if (!shared.has(key)) {
		shared.set(key, { part, name, shared: letters(shared.size) });
	}
	return shared.get(key).shared;
}

function letters(number) {
	const all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const rest = Math.floor(number / all.length);
	return (rest === 0 ? "" : letters(rest - 1)) + all[number % all.length];
}

async function whole() {
	const exported = [...shared.values()].map((each) => `export{${each.name} as ${each.shared}}from"${each.part}";`);
	const parts = {
		name: "parts",
		setup(hooks) {
			hooks.onResolve({ filter: /./ }, ({ path, kind }) => (kind === "dynamic-import" ? { external: true } : { path, namespace: "parts" }));
			hooks.onLoad({ filter: /./, namespace: "parts" }, ({ path }) => ({ contents: texts.get(partOf(path)) }));
		},
	};
	const { outputFiles } = await build({
		stdin: { contents: [`export{main}from"./${basename(main)}";`, ...exported].join("") },
		bundle: true,
		format: "esm",
		platform: "neutral",
		target: "es2023",
		charset: "utf8",
		minify: true,
		plugins: [parts],
		write: false,
		logLevel: "warning",
	});
	return outputFiles[0].text;
}

/**
 * import() needs to know the file that it stands in, which is part of what else serves stack traces alone: about a sixth of the bytecode of
 * its file. It stands in a file of its own instead, which the others ask.
 */
const asking = "lazily.js";
const wanted = new Map([...texts].map(([path, text]) => [path, asks(text)]));

function asks(text) {
	const asked = text.replaceAll(/\bimport\((?="\.\/[\w-]+\.js"\))/g, "$lazily(");
	return asked === text ? text : `import{$lazily}from"./${asking}";${asked}`;
}

wanted.set(join(out, asking), "export const $lazily=name=>import(name);\n");
const list = [basename(main), asking];

/** What native/src/engine/without.rs has the engine be without. */
const absent =
	/\bMath\.(?:acosh?|asinh?|atan[2h]?|cbrt|cosh?|exp|expm1|hypot|log|log10|log1p|log2|pow|sinh?|tanh?)\b|\.normalize\(|new RegExp\([^)]*\\p\{/;
for (const [path, text] of wanted) {
	const [found] = absent.exec(text) ?? [];
	if (found !== undefined) {
		throw new Error(`${basename(path)}: ${found} is what this engine is without`);
	}
}

// Files that did not change keep their time, so that nothing is compiled again for them.
mkdirSync(out, { recursive: true });
wanted.set(join(out, "prepared"), `${list.join("\n")}\n`);
for (const name of readdirSync(out)) {
	if (!wanted.has(join(out, name))) {
		rmSync(join(out, name));
	}
}
for (const [path, text] of wanted) {
	if (readIfThere(path) !== text) {
		writeFileSync(path, text);
	}
}

function readIfThere(path) {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return undefined;
	}
}
