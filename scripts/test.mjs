// Runs the lanes of the tests and sums them up: `N passed, N failed, N skipped` is the last line. Usage: test.mjs [LANE]...
// Imports only what comes with Node: the first lane is what installs everything else.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

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
	e2e: () => vitest("e2e", join(".cache", "e2e-unavailable")),
	attack: () => vitest("attack", join(".cache", "attack-unavailable")),
	"set-up-kernels": () => check("set-up", ["scripts/setup.sh", "kernels"]),
	kernels: () => vitest("kernels", join(".cache", "kernels-unavailable")),
	budgets: () => check("budgets", ["node", "scripts/budget.mjs"], ["sh", "-c", "strace -V && valgrind --version"]),
};

/** What runs only when it is asked for. */
const onRequest = ["set-up-kernels", "kernels"];

const total = { passed: 0, failed: 0, skipped: 0 };

const deadline = 15 * 60;
const running = new Set();

/**
 * Runs a program to its end; its output is kept as one piece, so that lanes at the same time do not mix. It has a process group
 * of its own, so that what it started ends with it, when time is up or when this program is interrupted.
 */
function run([program, ...args]) {
	return new Promise((done) => {
		let output = "";
		const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
		const timer = setTimeout(() => {
			output += `\nnot done within ${deadline} s\n`;
			process.kill(-child.pid, "SIGKILL");
		}, deadline * 1000);
		const finish = (result) => {
			clearTimeout(timer);
			running.delete(child.pid);
			done(result);
		};
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding("utf8").on("data", (text) => {
				output += text;
			});
		}
		child.once("spawn", () => running.add(child.pid));
		child.once("error", (error) => finish({ ok: false, output: error.message }));
		child.once("close", (status) => finish({ ok: status === 0, output }));
	});
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
	process.once(signal, () => {
		for (const pid of running) {
			process.kill(-pid, "SIGTERM");
		}
		process.exit(130);
	});
}

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

async function vitest(project, unavailable) {
	const file = join(".cache", `vitest-${project}.json`);
	rmSync(file, { force: true });
	const command = ["vitest", "run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
	const { ok, output, seconds } = await timed(() => run(command));
	if (unavailable !== undefined && existsSync(unavailable)) {
		return report(project, { skipped: 1 }, seconds, output, readFileSync(unavailable, "utf8"));
	}
	const json = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
	const { numPassedTests: passed = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = json;
	// A file that cannot be loaded, or an error outside of any test, has no test to count.
	const failed = ok ? numFailedTests : Math.max(1, numFailedTests);
	const isFine = report(project, { passed, failed, skipped: numPendingTests + numTodoTests }, seconds, output);
	// How much was tried in one test is worth a line: faults, kills, generated cases.
	for (const [, line] of output.matchAll(/^tried: (.*)$/gm)) {
		console.log(`     ${line}`);
	}
	return isFine;
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
	const wanted = (name) => (chosen.length === 0 ? !onRequest.includes(name) : chosen.includes(name));
	const chain = (...names) => inOrder(...names.filter(wanted).map((name) => lanes[name]));
	const start = performance.now();
	if (await chain("set-up", "set-up-kernels", "build")) {
		// What Node checks and what cargo compiles share the processors; containers and counts come when it is quiet.
		await Promise.all([chain("static", "unit"), chain("static-native", "native")]);
		await chain("attack");
		await chain("e2e");
		await chain("kernels");
		await chain("budgets");
	}
	console.log(`${((performance.now() - start) / 1000).toFixed(0)} s`);
	console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
	process.exitCode = total.failed === 0 ? 0 : 1;
}

await main(process.argv.slice(2));
