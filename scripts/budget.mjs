// Compares the binary's size and the cost of its starts, by part, with bench/budget.json. With --record, writes what it finds there.
// Every number has its place in that file, so that a review shows who paid. It needs root, strace, valgrind and a C compiler.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { allRows, keys, starts, steps, tools } from "./budget/cases.mjs";
import { rowCosts } from "./budget/rows.mjs";
import { sizes } from "./budget/sizes.mjs";
import { count, countTool } from "./budget/starts.mjs";

const recordFile = resolve(import.meta.dirname, "../bench/budget.json");
const binary = resolve(import.meta.dirname, "../dist/abdicate");
const largest = 2_350_000;
/** Instructions vary a little with the length of paths and the machine's account files. */
const tolerance = 0.02;

function measure() {
	const mapped = (table, work) => Object.fromEntries(Object.entries(table).map(([name, each]) => [name, work(each)]));
	const cost = (start) => {
		const counts = Array.from({ length: start.tries ?? 1 }, () => count(start));
		return {
			systemCalls: Math.min(...counts.map(({ calls }) => calls.length)),
			instructions: Math.min(...counts.map(({ instructions }) => instructions)),
		};
	};
	const difference = (more, less) => ({
		systemCalls: more.systemCalls - less.systemCalls,
		instructions: more.instructions - less.instructions,
	});
	const whole = mapped(starts, cost);
	return {
		bytes: sizes(binary),
		starts: whole,
		tools: mapped(tools, (tool) => ({ instructions: countTool(tool) })),
		keys: mapped(keys, (start) => difference(cost(start), whole.least)),
		rows: rowCosts(count(allRows).calls),
		steps: mapped(steps, (start) => {
			const [one, two] = [cost(start.one), cost(start.two)];
			return { first: difference(one, whole.least), next: difference(two, one) };
		}),
	};
}

/** Numbers by their path in the file. */
function leaves(value, path = []) {
	return typeof value === "number"
		? [[path.join(" > "), value]]
		: Object.entries(value).flatMap(([key, each]) => leaves(each, [...path, key]));
}

/** What a number may be at most and at least. The cost of a key or a step comes from whole starts, and is as certain as they are. */
function range(path, recorded, start) {
	if (path.startsWith("bytes")) {
		return [0, recorded];
	}
	if (!path.endsWith("instructions")) {
		return [recorded, recorded];
	}
	return [Number.NEGATIVE_INFINITY, recorded + tolerance * (/^(?:starts|tools)/.test(path) ? recorded : recorded + start)];
}

function problems(found, recorded) {
	const [now, before] = [found, recorded].map((each) => new Map(leaves(each)));
	const start = before.get("starts > least > instructions");
	return [...new Set([...now.keys(), ...before.keys()])].flatMap((path) => {
		const [is, was] = [now.get(path), before.get(path)];
		if (is === undefined || was === undefined) {
			return [`${path}: ${is === undefined ? "recorded, and not there any more" : `${is}, not recorded`}`];
		}
		const [least, most] = range(path, was, start);
		return is < least || is > most ? [`${path}: ${is}, recorded are ${was}`] : [];
	});
}

const found = measure();
if (process.argv.includes("--record")) {
	writeFileSync(recordFile, `${JSON.stringify(found, null, "\t")}\n`);
}
console.log(JSON.stringify({ bytes: found.bytes.file, ...found.starts }));
const wrong = problems(found, JSON.parse(readFileSync(recordFile, "utf8")));
if (found.bytes.file > largest) {
	console.error(`bytes: ${found.bytes.file}, the limit is ${largest}`);
	process.exitCode = 1;
}
if (wrong.length > 0) {
	console.error([...wrong, "if the change is meant: make budget RECORD=1"].join("\n"));
	process.exitCode = 1;
}
