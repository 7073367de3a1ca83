// What differs of the cases of a drop-in without a key, as rows of its corpus. Usage: compat.mjs NAME [KEY ID...]. With a key, those of
// these ids (of all starts) or `all` get it and what ours comes to now, in test/compat/corpus/NAME.tsv; the key `-` takes it away again.
// With --record, rows that have `?` for what is replaced get what it comes to, and those with these ids.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
// Its modules know where they lie in the tree from where they are.
const bundle = `${root}/build/docs/compat/adopt.mjs`;
await build({
	absWorkingDir: root,
	entryPoints: ["test/compat/harness/adopt.ts"],
	outfile: bundle,
	bundle: true,
	format: "esm",
	platform: "node",
	target: "node20",
	logLevel: "warning",
	define: { "import.meta.dirname": JSON.stringify(`${root}/test/compat/harness`) },
});
const { adopt } = await import(pathToFileURL(bundle).href);
const [suite, key, ...ids] = process.argv.slice(2);
console.log(await adopt(suite, key, ids));
