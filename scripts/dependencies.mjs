// Lists what the binary and the npm package hold of others, for `--version --verbose`: names from what is really linked and
// bundled, versions and licences from the lock files. `make build` runs it; files that are right already are left alone.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");

/** Crates that end in the binary: neither what builds them nor what expands in the compiler. */
function crates() {
	const args = ["metadata", "--locked", "--format-version=1", "--filter-platform=x86_64-unknown-linux-gnu"];
	const { packages, resolve: graph } = JSON.parse(
		execFileSync("cargo", args, { cwd: join(root, "native"), encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "inherit"] }),
	);
	const byId = new Map(packages.map((each) => [each.id, each]));
	const nodes = new Map(graph.nodes.map((each) => [each.id, each]));
	const linked = new Set();
	const visit = (id) => {
		const isMacro = byId.get(id).targets.some(({ kind }) => kind.includes("proc-macro"));
		if (!linked.has(id) && !isMacro) {
			linked.add(id);
			const normal = nodes.get(id).deps.filter(({ dep_kinds: kinds }) => kinds.some(({ kind }) => kind === null));
			normal.map(({ pkg }) => pkg).forEach(visit);
		}
	};
	visit(graph.root);
	linked.delete(graph.root);
	const found = [...linked].map((id) => byId.get(id));
	return [engine(found), ...found.map(({ name, version, license }) => [name, version, license.replace("/", " OR ")])];
}

/** The engine has no lock file of its own: it comes inside the crate that binds it. */
function engine(found) {
	const directory = join(dirname(found.find(({ name }) => name === "rquickjs-sys").manifest_path), "quickjs");
	const header = readFileSync(join(directory, "quickjs.h"), "utf8");
	const version = ["MAJOR", "MINOR", "PATCH"].map((part) => new RegExp(`define QJS_VERSION_${part} (\\d+)`).exec(header)[1]);
	const [, licence] = /^The (\w+) License/.exec(readFileSync(join(directory, "LICENSE"), "utf8"));
	return ["QuickJS-ng", version.join("."), licence];
}

/** The C library has no lock file: it is Debian's, and says what it is when it is run. musl is under the MIT licence. */
function libraryOfC() {
	const { stderr } = spawnSync("/usr/lib/x86_64-linux-musl/libc.so", { encoding: "utf8" });
	return ["musl", /^Version (\S+)$/m.exec(stderr)[1], "MIT"];
}

/** npm packages of which something is in the bundle of this file. */
async function packages(entry) {
	const { metafile } = await build({
		absWorkingDir: root,
		entryPoints: [entry],
		bundle: true,
		splitting: true,
		format: "esm",
		platform: "neutral",
		mainFields: ["module", "main"],
		external: ["node:*"],
		outdir: "unwritten",
		write: false,
		metafile: true,
		logLevel: "warning",
	});
	const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
	const names = Object.keys(metafile.inputs).flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
	return [...new Set(names)].map((name) => [name, lock[`node_modules/${name}`].version, lock[`node_modules/${name}`].license]);
}

function write(file, what, rows) {
	const sorted = rows.sort(([left], [right]) => (left.toLowerCase() < right.toLowerCase() ? -1 : 1));
	const text = `// Generated from the lock files by scripts/dependencies.mjs.

/** Name, version and licence of ${what}. */
export const dependencies: readonly (readonly [name: string, version: string, licence: string])[] = [
${sorted.map((row) => `\t[${row.map((each) => JSON.stringify(each)).join(", ")}],`).join("\n")}
];
`;
	const path = join(root, file);
	if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
		writeFileSync(path, text);
	}
}

write("src/tools/dependencies.ts", "all that is in the binary", [libraryOfC(), ...crates(), ...(await packages("src/main.ts"))]);
write("src/node/dependencies.ts", "all that is in the npm package", await packages("src/node/main.ts"));
