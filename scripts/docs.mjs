// Writes the pages under docs/ that come from the typed tables of src/. `make ready` fails when they are out of date.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const bundle = join(root, "build/docs/pages.mjs");
await build({
	absWorkingDir: root,
	entryPoints: ["scripts/docs/pages.ts"],
	outfile: bundle,
	bundle: true,
	format: "esm",
	platform: "node",
	target: "node20",
	logLevel: "warning",
});
const { pages } = await import(pathToFileURL(bundle).href);
for (const [path, text] of Object.entries(pages)) {
	mkdirSync(join(root, "docs", path, ".."), { recursive: true });
	writeFileSync(join(root, "docs", path), text);
}
