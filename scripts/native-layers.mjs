// Checks which room of native/src imports which: exactly the arrows below, as docs/architecture.md has them. `native-layers.mjs [DIRECTORY]`
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** A room imports only rooms above it, so there is no circle. */
const arrows = [
	["sys", []],
	["yaml", []],
	["border", []],
	["copy", ["sys"]],
	["walk", ["sys"]],
	["host", ["border", "copy", "sys", "walk", "yaml"]],
	["resident", ["sys"]],
	["engine", ["border"]],
	["main", ["engine", "host", "resident"]],
];
const rooms = arrows.map(([room]) => room);

/** Tests stand beside what they test, and are no part of the program. */
const isTest = (file) => /(^|[/_])tests(\/|\.rs$)/.test(file);

/** Where the content of a file is in the tree of modules: `walk/share.rs` in walk and share, `walk.rs` and `walk/mod.rs` in walk. */
const modulesOf = (file) => (file === "main.rs" ? [] : file.replace(/(\/mod)?\.rs$/, "").split("/"));

/** Neither comments nor text, in which a path means nothing. A lifetime has no second quotation mark. */
const withoutText = (source) => source.replace(/\/\/.*|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\\n]|\\[^'\n]+)'/g, " ");

/** All of `a::{b, c::d}` that begins at a token, each as its parts. */
function pathsAt(tokens, start) {
	if (tokens[start] !== "{") {
		return tokens[start + 1] === "::" ? pathsAt(tokens, start + 2).map((rest) => [tokens[start], ...rest]) : [[tokens[start]]];
	}
	const paths = [];
	let depth = 1;
	for (let at = start + 1; depth > 0 && at < tokens.length; at++) {
		if (depth === 1 && "{,".includes(tokens[at - 1]) && tokens[at] !== "}") {
			paths.push(...pathsAt(tokens, at));
		}
		depth += { "{": 1, "}": -1 }[tokens[at]] ?? 0;
	}
	return paths;
}

/** The first module from the root on the way to what a path names. */
function roomOf([first, ...rest], modules) {
	const from = first === "crate" ? [] : [...modules];
	for (const part of ["crate", "self"].includes(first) ? rest : [first, ...rest]) {
		if (part !== "super") {
			return from[0] ?? part;
		}
		from.pop();
	}
	return undefined;
}

/** What a file names: after `crate`, `self` and `super`, and in main.rs, where the rooms are declared, by their own names. */
function roomsNamedBy(file, source) {
	const modules = modulesOf(file);
	const tokens = withoutText(source).match(/::|\w+|\S/g) ?? [];
	const starts = file === "main.rs" ? ["crate", "self", "super", ...rooms] : ["crate", "self", "super"];
	const paths = tokens.flatMap((token, at) =>
		starts.includes(token) && tokens[at + 1] === "::" && tokens[at - 1] !== "::" ? pathsAt(tokens, at) : [],
	);
	return paths.map((path) => roomOf(path, modules));
}

const directory = process.argv[2] ?? resolve(import.meta.dirname, "../native/src");
const files = readdirSync(directory, { recursive: true }).filter((file) => file.endsWith(".rs") && !isTest(file));
const allowed = new Map(arrows);
const found = new Map(rooms.map((room) => [room, new Set()]));
const problems = [];
for (const file of files.sort()) {
	const room = modulesOf(file)[0] ?? "main";
	if (!allowed.has(room)) {
		problems.push(`${file}: no room is called ${room}`);
		continue;
	}
	for (const other of new Set(roomsNamedBy(file, readFileSync(join(directory, file), "utf8")))) {
		if (other === room || (room === "main" && !rooms.includes(other))) {
			continue;
		}
		found.get(room).add(other);
		if (!allowed.get(room).includes(other)) {
			problems.push(`${file}: ${room} may not import ${other}`);
		}
	}
}
for (const [index, [room, others]] of arrows.entries()) {
	for (const other of others) {
		if (!found.get(room).has(other)) {
			problems.push(`${room} does not import ${other}: the arrow goes`);
		}
		if (!rooms.slice(0, index).includes(other)) {
			problems.push(`${room} stands above ${other}, which it imports`);
		}
	}
}
for (const problem of problems) {
	console.error(problem);
}
process.exitCode = problems.length === 0 ? 0 : 1;
