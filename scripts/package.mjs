// Bundles the tools for Node into dist/node, with all that they import, so that the npm package depends on nothing.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const out = join(root, "dist/node");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** As in the binary: commander gets the small modules, so that it prints the same; and the list of contents is the package's own. */
const asInTheBinary = {
	name: "as-in-the-binary",
	setup(hooks) {
		hooks.onResolve({ filter: /^node:/ }, ({ path, importer }) => {
			const shim = join(root, "src/tools/shims", `${path.slice("node:".length)}.ts`);
			return importer.includes("/node_modules/") && existsSync(shim) ? { path: shim } : { path, external: true };
		});
		hooks.onResolve({ filter: /\/dependencies\.ts$/ }, () => ({ path: join(root, "src/node/dependencies.ts") }));
	},
};

const { metafile } = await build({
	absWorkingDir: root,
	entryPoints: ["src/node/main.ts"],
	outfile: join(out, "abdicate.mjs"),
	bundle: true,
	format: "esm",
	platform: "neutral",
	mainFields: ["module", "main"],
	target: "node20",
	charset: "utf8",
	banner: { js: "#!/usr/bin/env node" },
	define: { __VERSION__: JSON.stringify(version) },
	plugins: [asInTheBinary],
	metafile: true,
	logLevel: "warning",
}).catch(() => process.exit(1)); // It has said why.
chmodSync(join(out, "abdicate.mjs"), 0o755);

/** Whoever passes copies on has to pass the notices on. */
const names = Object.keys(metafile.inputs).flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
const notices = [...new Set(names)].sort().map((name) => {
	const directory = join(root, "node_modules", name);
	const file = readdirSync(directory).find((each) => /^licen[cs]e/i.test(each));
	if (file === undefined) {
		throw new Error(`${name} has no licence file`);
	}
	return `${name}\n\n${readFileSync(join(directory, file), "utf8").trim()}\n`;
});
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "NOTICES.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));
