import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { debian } from "../harness/images.ts";
import { root } from "../harness/paths.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import { describeJob } from "./job.ts";
import { itself, refused } from "./rows.ts";

const dataset = () =>
	volume("printf 'a,1\\nb@example.org,2\\nc,3\\n' >part.csv; chown 4242:4242 . part.csv; chmod 755 .; chmod 644 part.csv");

interface Pod {
	readonly spec: {
		readonly containers: readonly {
			readonly securityContext: {
				readonly runAsUser: number;
				readonly allowPrivilegeEscalation: boolean;
				readonly readOnlyRootFilesystem: boolean;
				readonly capabilities: { readonly drop: readonly string[]; readonly add: readonly string[] };
			};
		}[];
	};
}
const pod: Pod = parse(readFileSync(join(root, "examples/kubernetes/pod.yaml"), "utf8"));
const context = pod.spec.containers[0]?.securityContext as Pod["spec"]["containers"][number]["securityContext"];
/** The same for docker; this machine has no AppArmor to be unconfined by. */
const asPod = {
	user: String(context.runAsUser),
	caps: context.capabilities,
	flags: [
		...(context.allowPrivilegeEscalation ? [] : ["--security-opt", "no-new-privileges"]),
		...(context.readOnlyRootFilesystem ? ["--read-only"] : []),
	],
};

const job = describeJob("kubernetes", {
	user: "10001:10001",
	base: debian,
	given: () => ({ volumes: [`${dataset()}:/dataset:ro`] }),
	place: "/scratch",
	command: ["clean"],
	prints: "2 part.csv\n",
	asks: { capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SETPCAP", "SYS_ADMIN"] },
	missed: ["--cap-add SYS_ADMIN"],
	always: { caps: { add: ["SYS_ADMIN"] } },
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": itself,
		// The runtime gives capabilities to root alone: nobody else can mount.
		"uid 1000": refused,
		"a random uid with gid 0": refused,
	},
	more: {
		"root, as pod.yaml says": { ends: itself, start: asPod },
	},
});

describe("the Pod", () => {
	it("is what plan prints, with an image, volumes, a read-only root and no_new_privs", async () => {
		const plan = ["plan", "--format", "kubernetes"];
		const { stdout } = await runContainer({ image: job.image(), entrypoint: "/abdicate", args: plan });
		const { spec, ...printed } = parse(stdout);
		const [{ securityContext, ...container }, ...others] = spec.containers;
		expect(others).toEqual([]);
		expect(pod).toEqual({
			...printed,
			spec: {
				...spec,
				restartPolicy: "Never",
				containers: [
					{
						...container,
						image: "registry.example/clean",
						securityContext: { ...securityContext, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
						volumeMounts: [
							{ name: "dataset", mountPath: "/dataset", readOnly: true },
							{ name: "scratch", mountPath: "/scratch" },
						],
					},
				],
				volumes: [
					{ name: "dataset", persistentVolumeClaim: { claimName: "dataset", readOnly: true } },
					{ name: "scratch", emptyDir: {} },
				],
			},
		});
	});

	it("mounts for the job, which can neither unmount nor mount, while whoever keeps SYS_ADMIN does both", async () => {
		const tries = [
			"echo >/work/new",
			"echo >/dataset/new",
			"umount /work",
			"mount -t tmpfs none /work",
			"mount -o remount,bind,rw /dataset",
			"unshare --mount true",
		];
		const script = tries.map((each) => `(${each}) 2>/dev/null && echo done || echo refused`).join("; ");
		const tried = async (more: Partial<ContainerOptions>) =>
			(await runContainer({ ...job.options(asPod), args: ["sh", "-c", script], ...more })).stdout.trim().split("\n");
		const config = {
			user: "root",
			setup: (parse(readFileSync(join(root, "examples/kubernetes/entrypoint.yaml"), "utf8")) as { setup: object[] }).setup,
			capabilities: { keep: ["SYS_ADMIN"] },
		};
		expect(await tried({})).toEqual(["done", "refused", "refused", "refused", "refused", "refused"]);
		expect((await tried({ config })).slice(2)).toEqual(["done", "done", "done", "done"]);
	});
});
