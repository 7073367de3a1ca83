// Runs the lanes of the tests and sums them up: `N passed, N failed, N skipped` is the last line. Usage: test.mjs [LANE]... [-- FILE...]
// FILE is what of the tests of vitest's lanes is run. REQUIRE=LANE,LANE makes it a failure when such a lane cannot run, or not all of it;
// CI=true requires e2e, attack and compat. Imports only what comes with Node: the first lane is what installs everything else.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "./test/run.mjs";

process.chdir(resolve(import.meta.dirname, ".."));
process.env.PATH = `${resolve("node_modules/.bin")}:${process.env.PATH}`;
// What a lane says is shown only when it failed, and then as text.
process.env.NO_COLOR = "1";
mkdirSync(".cache", { recursive: true });

/** From native/, because cargo looks for its configuration, the static target, in the working directory. */
const cargo = (words) => ["sh", "-c", `cd native && cargo ${words}`];

/** One of package.json, without the time npm itself takes. */
const script = (name) => ["sh", "-c", JSON.parse(readFileSync("package.json", "utf8")).scripts[name]];

/** Each lane yields results: {passed, failed, skipped}. The first two run alone; the rest as the chains below say. */
const lanes = {
	"set-up": () => check("set-up", ["scripts/setup.sh", "test"]),
	build: () => check("build", ["make", "--no-print-directory", "build", "probe"]),
	static: () =>
		inOrder(
			() => check("types", script("types")),
			() => check("lint", script("lint")),
			() => check("layers", script("layers")),
			() => check("dead code", script("dead-code")),
			() => upToDate("generated pages", ["node", "scripts/docs.mjs"], "docs", "make docs"),
			() => check("shell syntax", ["bash", "-c", 'git ls-files "*.sh" .ci/run | xargs -n1 bash -n']),
		),
	"static-native": () =>
		inOrder(
			() => check("rustfmt", cargo("fmt --check"), cargo("fmt --version")),
			() => check("clippy", cargo("clippy --locked --quiet -- -D warnings"), cargo("clippy --version")),
			// On its own: together, the program would get the features that only its tests use.
			() => check("clippy, tests", cargo("clippy --tests --locked --quiet -- -D warnings"), cargo("clippy --version")),
			() => check("native layers", ["node", "scripts/native-layers.mjs"]),
			() => check("crates", ["node", "scripts/crates.mjs"]),
		),
	unit: () => vitest("unit"),
	native: () => cargoTest(),
	e2e: () => vitest("e2e"),
	attack: () => vitest("attack"),
	compat: () => vitest("compat"),
	"set-up-kernels": () => check("set-up", ["scripts/setup.sh", "kernels"]),
	kernels: () => vitest("kernels"),
	budgets: () => check("budgets", ["node", "scripts/budget.mjs"], ["sh", "-c", "strace -V && valgrind --version"]),
};

/** What runs only when it is asked for. */
const onRequest = ["set-up-kernels", "kernels"];

const total = { passed: 0, failed: 0, skipped: 0 };

/** The lanes that a machine may lack something for, as they say themselves, and those of them that must not. */
const mayBeUnavailable = ["e2e", "attack", "compat", "kernels"];
const required = new Set([
	...(process.env.CI === "true" ? ["e2e", "attack", "compat"] : []),
	...(process.env.REQUIRE ?? "").split(",").filter(Boolean),
]);

const separator = process.argv.indexOf("--");
const files = separator < 0 ? [] : process.argv.slice(separator + 1);

async function timed(work) {
	const start = performance.now();
	return { ...(await work()), seconds: (performance.now() - start) / 1000 };
}

function report(name, { passed = 0, failed = 0, skipped = 0 }, seconds, output, reason) {
	total.passed += passed;
	total.failed += failed;
	total.skipped += skipped;
	if (reason !== undefined) {
		console.log(`SKIP: ${name}: ${reason}`);
	}
	const verdict = failed > 0 ? "FAIL" : passed === 0 && skipped > 0 ? "skip" : "ok";
	console.log(
		`${verdict.padEnd(4)} ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s  ${passed} passed, ${failed} failed, ${skipped} skipped`,
	);
	if (failed > 0) {
		console.log(output.trimEnd().replace(/^/gm, "     "));
	}
	return failed === 0;
}

/** A program whose status is its result. `needs` is a program without which it cannot run. */
async function check(name, command, needs) {
	if (needs !== undefined && !(await run(needs)).ok) {
		return report(name, { skipped: 1 }, 0, "", `does not work: ${needs.at(-1)}`);
	}
	const { ok, output, seconds } = await timed(() => run(command));
	return report(name, ok ? { passed: 1 } : { failed: 1 }, seconds, output);
}

/** Writes a directory's generated files once more: nothing in it may change. */
async function upToDate(name, command, directory, remedy) {
	const content = async () => (await run(["sh", "-c", `find ${directory} -type f -print0 | sort -z | xargs -0 sha256sum`])).output;
	const before = await content();
	const { ok, output, seconds } = await timed(() => run(command));
	const after = await content();
	const result = ok && before === after ? { passed: 1 } : { failed: 1 };
	return report(name, result, seconds, ok ? `was out of date, is no more: ${remedy}` : output);
}

async function vitest(project) {
	const directory = mkdtempSync(join(tmpdir(), "abdicate-lane-"));
	const [json, note] = [join(directory, "results.json"), join(directory, "unavailable")];
	const reporters = ["--reporter=default", "--reporter=json", "--reporter=./scripts/test/files-reporter.mjs"];
	const command = ["vitest", "run", "--project", project, ...reporters, `--outputFile.json=${json}`, ...files];
	const { ok, output, seconds } = await timed(() => run(command, { env: { ...process.env, LANE_UNAVAILABLE: note }, hasFiles: true }));
	const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);
	const [results, reason] = [JSON.parse(read(json) ?? "{}"), read(note)];
	rmSync(directory, { recursive: true });
	const isFine = report(project, counted(project, ok, results, reason), seconds, output, reason);
	// How much was tried in one test is worth a line: faults, kills, generated cases.
	for (const [, line] of output.matchAll(/^tried: (.*)$/gm)) {
		console.log(`     ${line}`);
	}
	return isFine;
}

/** What vitest says, and what it means that a lane could not run: a skip, or a failure where it is required. */
function counted(project, ok, { numPassedTests: passed = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 }, reason) {
	const skipped = numPendingTests + numTodoTests;
	if (reason !== undefined && required.has(project)) {
		console.log(`FAIL: ${project} is required (CI=true or REQUIRE), and cannot run here in full`);
		return { passed, failed: numFailedTests + 1, skipped };
	}
	if (reason !== undefined && passed + numFailedTests + skipped === 0) {
		return { skipped: 1 };
	}
	// A file that cannot be loaded, or an error outside of any test, has no test to count.
	return { passed, failed: ok ? numFailedTests : Math.max(1, numFailedTests), skipped };
}

async function cargoTest() {
	const { ok, output, seconds } = await timed(() => run(cargo("test --locked --quiet")));
	const sum = { passed: 0, failed: 0, skipped: 0 };
	for (const [, passed, failed, ignored] of output.matchAll(/^test result: .*? (\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
		sum.passed += Number(passed);
		sum.failed += Number(failed);
		sum.skipped += Number(ignored);
	}
	// Neither a crate that does not compile nor one without any test is a success.
	if (sum.failed === 0 && (!ok || sum.passed === 0)) {
		sum.failed = 1;
	}
	return report("native", sum, seconds, output);
}

async function inOrder(...works) {
	let ok = true;
	for (const work of works) {
		ok = (await work()) && ok;
	}
	return ok;
}

async function main(chosen) {
	const unknown = chosen.filter((name) => !(name in lanes));
	if (unknown.length > 0) {
		console.error(`test.mjs: no lane ${unknown.join(", ")}; there are ${Object.keys(lanes).join(", ")}`);
		process.exit(2);
	}
	const strange = [...required].filter((name) => !mayBeUnavailable.includes(name));
	if (strange.length > 0) {
		console.error(`test.mjs: REQUIRE knows ${mayBeUnavailable.join(", ")}, not ${strange.join(", ")}`);
		process.exit(2);
	}
	const wanted = (name) => (chosen.length === 0 ? !onRequest.includes(name) : chosen.includes(name));
	const chain = (...names) => inOrder(...names.filter(wanted).map((name) => lanes[name]));
	const start = performance.now();
	if (await chain("set-up", "set-up-kernels", "build")) {
		// What Node checks and what cargo compiles share the processors; containers and counts come when it is quiet.
		await Promise.all([chain("static", "unit"), chain("static-native", "native")]);
		await chain("attack");
		await chain("compat");
		await chain("e2e");
		await chain("kernels");
		await chain("budgets");
	}
	console.log(`${((performance.now() - start) / 1000).toFixed(0)} s`);
	console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
	process.exitCode = total.failed === 0 ? 0 : 1;
}

await main(process.argv.slice(2, separator < 0 ? undefined : separator));
