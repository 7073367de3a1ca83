import { describe, expect, it } from "vitest";
import { bothOf, disagreement, type Started } from "../../harness/agreement.ts";
import { cases, files } from "../../harness/agreement-cases.ts";
import { runHouse } from "../../harness/house/run.ts";
import { busybox, scratch } from "../harness/images.ts";
import { nearlyPrivileged } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";

/** How an image is started in the field, as far as a house does that. */
const starts: Readonly<Record<string, Partial<Started>>> = {
	root: {},
	"only what the drop needs": { caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP"] } },
	"no capability": { caps: { drop: ["ALL"] } },
	"no SETPCAP": { caps: { drop: ["SETPCAP"] } },
	"no CHOWN": { caps: { drop: ["CHOWN"] } },
	"the user itself": { user: "1000:1000" },
	"another user": { user: "4321:4321" },
	"a random user": { user: "1000650000:0" },
	"read-only": { flags: ["--read-only", "--tmpfs=/tmp:exec,dev"] },
	"a read-only volume": {},
	"a read-only volume, no CHOWN": { caps: { drop: ["CHOWN"] } },
	"no DAC_OVERRIDE": { caps: { drop: ["DAC_OVERRIDE"] } },
	"no FOWNER": { caps: { drop: ["FOWNER"] } },
	"no-new-privileges": { flags: ["--security-opt=no-new-privileges"] },
	"nearly privileged": { flags: nearlyPrivileged },
	"nearly privileged, read-only": { flags: [...nearlyPrivileged, "--read-only", "--tmpfs=/tmp:exec,dev"] },
	"nearly privileged, without /dev/fuse": { flags: nearlyPrivileged.filter((each) => each !== "--device=/dev/fuse") },
	"no /proc": {
		entrypoint: "sh",
		flags: ["--cap-add=SYS_ADMIN", "--security-opt=systempaths=unconfined"],
		through: ["-c", 'umount -l /proc && exec /abdicate "$@"', "sh"],
	},
	"an empty image": { image: scratch },
};

/** Where the mount before it succeeds, that its program mounts nothing is for the run alone to find. */
function isDaemonless(name: string): boolean {
	return name.startsWith("fuse: behind a mount");
}

describe.each(Object.entries(starts))("plan says what a run comes to, started as: %s", (as, start) => {
	it("with each configuration", async () => {
		const isEmpty = start.image === scratch;
		const mayMount = (start.flags ?? []).some((each) => /^--cap-add=(?:ALL|SYS_ADMIN)$/.test(each));
		const found: string[] = [];
		const data = volume(files);
		for (const [name, [config, command]] of Object.entries(cases).filter(([each]) => !(mayMount && isDaemonless(each)))) {
			const written = JSON.stringify(config).replaceAll('"app', isEmpty ? '"1000:1000' : '"app');
			const options = {
				image: busybox,
				...start,
				config: written,
				volumes: [`${data}:/data${as.startsWith("a read-only volume") ? ":ro" : ""}`],
			};
			const both = await bothOf(runHouse, options, command ?? [isEmpty ? "/probe" : "/bin/true"]);
			const problem = disagreement(both);
			if (problem !== undefined) {
				found.push(`${name}: ${problem}`);
			}
		}
		expect(found).toEqual([]);
	}, 300_000);
});
