import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { busybox, scratch } from "../harness/images.ts";
import type { ProbeState } from "../harness/probe.ts";
import { nearlyPrivileged, runContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import { type Start, startedAs, startNames } from "./starts.ts";

/** What an image may say. */
const configurations = {
	user: { user: "app" },
	volume: { user: "app", setup: [{ mkdir: "/data/new" }, { own: "/data" }] },
	port: { user: "app", setup: [{ listen: { tcp: 80 } }], capabilities: { keep: ["NET_BIND_SERVICE"] } },
	"if present": { user: "app", capabilities: { keep_if_present: ["SYS_NICE", "KILL"] }, limits: { nofile: 512 } },
	root: { user: "root" },
	"deny list": { user: "app", capabilities: { keep: "ALL", drop: ["NET_RAW", "SETUID", "SETGID", "SETPCAP"] } },
	landlock: { user: "app", landlock: { read: ["/data"], write: ["/tmp"], bind: [8080] } },
} as const;
type Configuration = keyof typeof configurations;

const refused = "125 CAPABILITY_MISSING";
const unmapped = "125 ID_UNMAPPED";
const locked = "c3 | 1";
/** Ids, groups, the five sets, securebits and no_new_privs: everything that a workload was given. */
const app = (set = "0", groups = "44,1000") => `1000:1000 | ${groups} | ${Array(5).fill(set).join(" ")} | ${locked}`;
const root = `0:0 | 0 | 0 0 0 0 0 | ${locked}`;
/** Started as somebody already: the sets are empty but for the bounding set, which no_new_privs makes useless. */
const itself = "1000:1000 | 1000 | 0 0 0 a80425fb 0 | 0 | 1";
const random = "1000650000:0 | 0 | 0 0 0 a80425fb 0 | 0 | 1";
/** Docker's default 14 without NET_RAW, SETUID, SETGID and SETPCAP. */
const denied = "a804043b";

/** One row for each way to start, one column for each configuration, in the order above. */
/** Where / cannot be opened. */
const walled = (state = app()) => `${state} | walled`;

const expected: Readonly<Record<Start, readonly [string, string, string, string, string, string, string]>> = {
	root: [app(), app(), app("400"), app("20"), root, app(denied), walled()],
	"no capability": [refused, refused, refused, refused, "0:0 | 0 | 0 0 0 0 0 | 0 | 1", refused, refused],
	"only what the drop needs": [app(), refused, refused, app(), root, app(), walled()],
	"no SETPCAP": [refused, refused, refused, refused, refused, refused, refused],
	"no CHOWN": [app(), refused, app("400"), app("20"), root, app("a804043a"), walled()],
	"no-new-privileges": [app(), app(), app("400"), app("20"), root, app(denied), walled()],
	"read-only": [app(), app(), app("400"), app("20"), root, app(denied), walled()],
	"read-only inside": [app(), app(), app("400"), app("20"), root, app(denied), walled()],
	"nearly privileged": [app(), app(), app("400"), app("800020"), root, app("all that there is, less what is denied"), walled()],
	"the user itself": [itself, itself, refused, itself, itself, itself, walled(itself)],
	"a random user": [random, random, refused, random, random, random, walled(random)],
	"an empty image": [
		app("0", "1000"),
		app("0", "1000"),
		app("400", "1000"),
		app("20", "1000"),
		"125 USER_UNKNOWN",
		app(denied, "1000"),
		walled(app("0", "1000")),
	],
	// SYS_ADMIN was added, to take /proc away.
	"no /proc": [app(), app(), app("400"), app("20"), root, app("a824043b"), walled()],
	"a namespace of one id": [unmapped, unmapped, unmapped, unmapped, root, unmapped, unmapped],
};

async function result(configuration: Configuration, start: Start): Promise<string> {
	const data = volume("mkdir inside; touch theirs inside/theirs; chown -R 4242:4242 theirs inside; chmod -R 777 .");
	const image = start === "an empty image" ? scratch : busybox;
	// There is no name to look up in an empty image.
	const config = JSON.stringify(configurations[configuration]).replace('"app"', image === scratch ? '"1000:1000"' : '"app"');
	const outcome = await runContainer({
		config,
		volumes: [`${data}:/data`, ...(start === "read-only inside" ? [`${data}/inside:/data/inside:ro`] : [])],
		image,
		...startedAs(start),
	});
	const { status, stdout, stderr } = outcome;
	return stdout.startsWith("{") ? stateOf(outcome.probe) : `${status} ${/error\[(\w+)\]/.exec(stderr)?.[1]}`;
}

function stateOf({ resuid, resgid, groups, caps, securebits, noNewPrivs, opensRoot }: ProbeState): string {
	const ids = [new Set(resuid), new Set(resgid)].map((three) => [...three].join("/"));
	const sets = [caps.inheritable, caps.permitted, caps.effective, caps.bounding, caps.ambient].map((set) =>
		BigInt(`0x${set}`).toString(16),
	);
	const walls = opensRoot ? [] : ["walled"];
	return [ids.join(":"), groups.join(), sets.join(" "), securebits.toString(16), noNewPrivs, ...walls].join(" | ");
}

/** How many capabilities there are is the kernel's and Docker's affair. */
async function allLessDenied(): Promise<string> {
	const { probe } = await runContainer({ image: busybox, entrypoint: "/probe", flags: nearlyPrivileged });
	const denied = (1n << 6n) | (1n << 7n) | (1n << 8n) | (1n << 13n);
	return app((BigInt(`0x${probe.caps.permitted}`) & ~denied).toString(16));
}

describe.each(startNames)("started as: %s", (start) => {
	it("each configuration ends as it should", async () => {
		const columns = Object.keys(configurations) as Configuration[];
		const found = await Promise.all(columns.map((configuration) => result(configuration, start)));
		const all = await allLessDenied();
		const wanted = expected[start].map((each) => (each === app("all that there is, less what is denied") ? all : each));
		expect(Object.fromEntries(columns.map((name, index) => [name, found[index]]))).toEqual(
			Object.fromEntries(columns.map((name, index) => [name, wanted[index]])),
		);
	});
});

/** Docker's own profile confines where the machine has AppArmor. */
const hasApparmor =
	existsSync("/sys/module/apparmor/parameters/enabled") && readFileSync("/sys/module/apparmor/parameters/enabled", "utf8") === "Y\n";
const hasSelinux = existsSync("/sys/fs/selinux/enforce");

/** A label that cannot be given is one of the errors of each start, and nothing has been done then. What the start lacks is told as well. */
describe.skipIf(hasSelinux).each(startNames)("started as: %s, with a label", (start) => {
	const lacks: Partial<Record<Start, string>> = {
		"no capability": "CAPABILITY_MISSING",
		"no SETPCAP": "CAPABILITY_MISSING",
		"a namespace of one id": "ID_UNMAPPED",
	};
	const before = lacks[start] === undefined ? [] : [lacks[start]];

	it.each([
		["apparmor", "demo", hasApparmor && start !== "no /proc" ? "LABEL_REFUSED" : "LABEL_UNAVAILABLE"],
		["selinux", "app_t", "LABEL_UNAVAILABLE"],
	])("%s: %s", async (key, value, code) => {
		const data = volume("chmod 777 .");
		const image = start === "an empty image" ? scratch : busybox;
		const config = { user: image === scratch ? "1000:1000" : "app", setup: [{ mkdir: "/data/new" }], [key]: value };
		const { status, stdout, stderr } = await runContainer({
			config,
			volumes: [`${data}:/data`],
			image,
			...startedAs(start),
		});
		const codes = [...stderr.matchAll(/ error\[(\w+)\]/g)].map(([, each]) => each).sort();
		expect({ status, stdout, codes, made: readdirSync(data) }).toEqual({
			status: 125,
			stdout: "",
			codes: [...before, code].sort(),
			made: [],
		});
	});
});
