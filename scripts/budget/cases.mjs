// What is counted: whole starts, and the keys and kinds of steps by what they add to the least one.
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const nobody = 65534;

/** Two places alike, as an everyday start finds a volume: some owners are right, and there are a seed, a stale file and a hook. */
function fill(directory) {
	for (const place of ["first", "other"].map((name) => join(directory, name))) {
		for (const each of ["", "tree", "tree/below", "seed", "mount", "hooks"]) {
			mkdirSync(join(place, each));
		}
		for (const each of ["tree/1", "tree/2", "tree/below/1", "tree/below/2", "seed/1", "seed/2", "file", "stale", "key"]) {
			writeFileSync(join(place, each), "text\n");
		}
		for (const each of ["tree", "tree/1", "tree/below/1"]) {
			chownSync(join(place, each), nobody, nobody);
		}
		writeFileSync(join(place, "certificate"), "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n");
		writeFileSync(join(place, "hooks/10-hook"), "#!/bin/true\n");
		chmodSync(join(place, "hooks/10-hook"), 0o755);
	}
}

/**
 * A step of each kind, at a place of its own. `fuse` is not among them: what its daemon does, and when, is not ours. Of `run` and
 * `hooks` this program's part is counted, as the user: for root's it looks at what lies in PATH and in root's home.
 */
const kinds = {
	own: (at) => `${at}/tree`,
	mkdir: (at) => ({ path: `${at}/made`, mode: "0750" }),
	chmod: (at) => ({ path: `${at}/file`, mode: "0600" }),
	file: (at) => ({ path: `${at}/written`, content: "listen 80\n" }),
	secret: (at) => ({ from: { file: `${at}/key` }, path: `${at}/secret`, on_disk: "allow" }),
	copy: (at) => ({ from: `${at}/seed`, to: `${at}/copied` }),
	link: (at) => ({ path: `${at}/link`, to: "file" }),
	remove: (at) => `${at}/stale`,
	listen: (at) => ({ unix: `${at}/socket` }),
	mount: (at) => ({ type: "tmpfs", target: `${at}/mount` }),
	run: () => ({ command: ["/bin/true"], user: "target" }),
	require: (at) => ({ writable: `${at}/tree` }),
	hostname: (at) => at.slice(-5),
	sysctl: () => ({ "kernel.ostype": "Linux" }),
	device: (at) => ({ path: `${at}/null`, major: 1, minor: 3 }),
	hooks: (at) => ({ directory: `${at}/hooks` }),
	wait_for: (at) => ({ file: `${at}/file` }),
	ca_certificates: (at) => ({ bundle: `${at}/tree/bundle`, system: "none", extra: `${at}/certificate` }),
};

/** What Docker does not grant, for the kinds that cannot do without it. */
const grantsOf = { mount: ["sys_admin"], hostname: ["sys_admin"] };

/** These wait for a program, and look again while it runs: the least of several starts is taken. */
const waiting = ["run", "hooks"];

const least = { user: `${nobody}:${nobody}` };

function start(keys, used = [], grants = []) {
	return {
		fill,
		grants,
		config: (directory) => ({ ...least, ...keys, ...(used.length > 0 && { setup: used.map((step) => step(directory)) }) }),
	};
}

function step(kind, place) {
	return (directory) => ({ [kind]: kinds[kind](join(directory, place)) });
}

/** Twenty of everyday kinds, at both places. */
const everyday = ["own", "mkdir", "chmod", "file", "secret", "copy", "link", "remove", "listen", "require"];
const twenty = ["first", "other"].flatMap((place) => everyday.map((kind) => step(kind, place)));

export const starts = {
	least: start({}),
	"own, keep": start({ capabilities: { keep: ["NET_BIND_SERVICE"] } }, [step("own", "first")]),
	"20 steps": start({}, twenty),
	"as gosu": { as: ["gosu", `${nobody}:${nobody}`], refused: 1 },
	"as setpriv": {
		as: ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"],
	},
};

export const tools = {
	version: { words: ["--version"] },
	explain: { words: ["explain", "CHOWN"] },
	check: { words: ["check"], text: "user: 65534\nsetup:\n  - mkdir: /run/app\n" },
};

/** Each with what it adds to the least start. */
export const keys = {
	"user: name": start({ user: "nobody" }),
	workdir: start({ workdir: "/" }),
	umask: start({ umask: "0027" }),
	groups: start({ groups: { add: [100] } }),
	env: start({ env: { set: { NAME: "value" } } }),
	"${NAME}": start({ env: { set: { NAME: "${PATH}" } } }),
	limits: start({ limits: { core: 0 } }),
	"capabilities.keep": start({ capabilities: { keep: ["NET_BIND_SERVICE"] } }),
	"securebits: none": start({ securebits: "none" }),
	"no_new_privileges: false": start({ no_new_privileges: false }),
	"session_keyring: new": start({ session_keyring: "new" }),
};

/** Of each kind a start with one step and a start with two of them. */
export const steps = Object.fromEntries(
	Object.keys(kinds).map((kind) => {
		const [first, other] = ["first", "other"].map((place) => step(kind, place));
		const uses = (used) => ({ ...start({}, used, grantsOf[kind]), tries: waiting.includes(kind) ? 5 : 1 });
		return [kind, { one: uses([first]), two: uses([first, other]) }];
	}),
);

/** The start in whose trace the rows are found: none is left out. */
export const allRows = start({ workdir: "/", session_keyring: "new", capabilities: { keep: ["NET_BIND_SERVICE"] } }, [
	step("own", "first"),
]);
