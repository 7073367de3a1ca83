import { scratch } from "../harness/images.ts";
import { type ContainerOptions, nearlyPrivileged } from "../harness/run.ts";

interface How extends Partial<Omit<ContainerOptions, "args">> {
	/** Arguments of the entrypoint before those of this program. */
	readonly through?: readonly string[];
}

/** How an image is started in the field. */
const starts = {
	root: {},
	"no capability": { caps: { drop: ["ALL"] } },
	"only what the drop needs": { caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP"] } },
	"no SETPCAP": { caps: { drop: ["SETPCAP"] } },
	"no CHOWN": { caps: { drop: ["CHOWN"] } },
	"no-new-privileges": { flags: ["--security-opt", "no-new-privileges"] },
	"read-only": { flags: ["--read-only"] },
	"read-only inside": {},
	"nearly privileged": { flags: nearlyPrivileged },
	"the user itself": { user: "1000:1000" },
	"a random user": { user: "1000650000:0" },
	"an empty image": { image: scratch },
	"no /proc": {
		entrypoint: "sh",
		flags: ["--cap-add=SYS_ADMIN", "--security-opt=systempaths=unconfined", "--security-opt=seccomp=unconfined"],
		through: ["-c", 'umount -l /proc && exec /abdicate -c /etc/entrypoint.yaml "$@"', "sh"],
	},
	"a namespace of one id": {
		entrypoint: "unshare",
		flags: ["--security-opt=seccomp=unconfined"],
		through: ["-U", "-r", "sh", "-c", 'exec /probe exec /abdicate -c /etc/entrypoint.yaml "$@"', "sh"],
	},
} as const satisfies Readonly<Record<string, How>>;
export type Start = keyof typeof starts;

export const startNames = Object.keys(starts) as readonly Start[];

/** The options of a start, with the command that becomes the workload. */
export function startedAs(
	start: Start,
	command: readonly string[] = ["/probe"],
): Omit<ContainerOptions, "image"> & Partial<ContainerOptions> {
	const { through = [], ...options }: How = starts[start];
	return { ...options, args: [...through, "--", ...command] };
}
