import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { type Confinement, gotten, parseConfinement } from "../harness/confinement.ts";
import { busybox, scratch } from "../harness/images.ts";
import { type ContainerOptions, nearlyPrivileged } from "../harness/run.ts";
import { type Start, startedAs, startNames } from "./starts.ts";

const unmasked = "--security-opt=systempaths=unconfined";

/** Starts that differ in what this wall needs, and in nothing else. */
const more = {
	"nearly privileged, read-only": { flags: [...nearlyPrivileged, "--read-only"] },
	"nearly privileged, an empty image": { image: scratch, flags: nearlyPrivileged },
	"SYS_ADMIN alone": { caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP", "SYS_ADMIN"] }, flags: [unmasked] },
	"unmasked, without SYS_ADMIN": { flags: [unmasked] },
	"unmasked, the user itself": { flags: [unmasked], user: "1000:1000" },
	"a device": { flags: ["--device=/dev/fuse"] },
	"a device, the user itself": { flags: ["--device=/dev/fuse"], user: "1000:1000" },
} as const satisfies Readonly<Record<string, Partial<ContainerOptions>>>;
type Started = Start | keyof typeof more;
const names: readonly Started[] = [...startNames, ...(Object.keys(more) as (keyof typeof more)[])];

const tries = ["/probe", "confinement"];
const optionsOf = (name: Started) =>
	name in more ? { args: ["--", ...tries], ...more[name as keyof typeof more] } : startedAs(name as Start, tries);

/** What is left of the machine: paths that are neither masked nor read-only, nodes, and ways out. */
function left({ state, place, ways }: Confinement): string {
	const shown = ["/proc", "/sys/fs/cgroup", "/sys/kernel/security", "/sys/kernel/debug", "/sys"];
	const isClosed = (found: string) => /^absent$|^char 1:3 |read-only/.test(found);
	const paths = Object.entries(place.paths).filter(([path, found]) => !shown.includes(path) && !isClosed(found));
	const nodes = place.devices.filter(
		(line) => / (char|block) /.test(line) && !/^\/dev\/(null|zero|full|u?random|tty|ptmx|console|pts\/\w+) /.test(line),
	);
	return [
		`${state.resuid[1]}:${state.resgid[1]}`,
		...paths.map(([path]) => path),
		...nodes.map((line) => line.replace(/ .*/, "")),
		...gotten(ways),
	].join(" ");
}

/** A house's runtime is older than the mask of /proc/interrupts, and has no filter of its own. */
const older = "/proc/interrupts interrupts name_to_handle_at";
const newest = "name_to_handle_at";
const ofRoot = (open: string) =>
	`0:0 ${open.replace("interrupts name", "interrupts kpageflags name").replace(/^name/, "kpageflags name")} setuid`;
const refused = (code: string) => `125 ${code}`;
const missing = refused("CAPABILITY_MISSING");
const cannot = refused("CONFINE_REFUSED");
const unknown = refused("USER_UNKNOWN");

/** One row for each way to start, as app and as root. */
const expected: Readonly<Record<Started, readonly [app: string, root: string]>> = {
	root: [`1000:1000 ${older}`, ofRoot(older)],
	"no capability": [missing, ofRoot(older)],
	"only what the drop needs": [`1000:1000 ${older}`, ofRoot(older)],
	"no SETPCAP": [missing, missing],
	"no CHOWN": [`1000:1000 ${older}`, ofRoot(older)],
	"no-new-privileges": [`1000:1000 ${older}`, ofRoot(older)],
	"read-only": [`1000:1000 ${older}`, ofRoot(older)],
	"read-only inside": [`1000:1000 ${older}`, ofRoot(older)],
	"nearly privileged": [`1000:1000 ${newest}`, ofRoot(newest)],
	"the user itself": [`1000:1000 ${older}`, `1000:1000 ${older}`],
	"a random user": [`1000650000:0 ${older}`, `1000650000:0 ${older}`],
	"an empty image": [`1000:1000 ${older}`, unknown],
	"no /proc": [cannot, cannot],
	"a namespace of one id": [refused("ID_UNMAPPED"), ofRoot(newest)],
	"nearly privileged, read-only": [`1000:1000 ${newest}`, ofRoot(newest)],
	"nearly privileged, an empty image": [`1000:1000 ${newest}`, unknown],
	"SYS_ADMIN alone": [`1000:1000 ${newest}`, ofRoot(newest)],
	"unmasked, without SYS_ADMIN": [cannot, cannot],
	"unmasked, the user itself": [cannot, cannot],
	"a device": [cannot, cannot],
	"a device, the user itself": [cannot, cannot],
};

async function result(name: Started, user: string): Promise<string> {
	const options: Partial<ContainerOptions> = optionsOf(name);
	const image = options.image ?? busybox;
	const config = { user: image === scratch && user === "app" ? "1000:1000" : user, confine: "docker-default" };
	const { status, stdout, stderr } = await runHouse({ ...options, image, config });
	return status === 0 ? left(parseConfinement(stdout)) : `${status} ${/error\[(\w+)\]/.exec(stderr)?.[1] ?? stderr}`;
}

describe("confine: docker-default", () => {
	it.each(names)("started as: %s", async (name) => {
		expect(await Promise.all([result(name, "app"), result(name, "root")])).toEqual(expected[name]);
	});
});
