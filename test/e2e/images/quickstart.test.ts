import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { debian } from "../harness/images.ts";
import { needDocker, withDocker } from "../harness/need-docker.ts";
import type { Container } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import { buildExample, droppedTo, idsOf, outcomeOf } from "./example.ts";
import { closedTree, mounted, printed, reopensOutput, type Try, unmissed } from "./grants.ts";
import { type Asked, expectedOf, guarded } from "./rows.ts";

let image: string;
let user: Awaited<ReturnType<typeof idsOf>>;

const setUp = withDocker(async () => {
	image = buildExample("quickstart", debian);
	user = await idsOf(image, "app");
});
beforeAll(setUp, 300_000);
beforeEach(needDocker);

const asks: Asked = {
	capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE", "SYS_ADMIN"],
	devices: ["--device", "/dev/fuse:/dev/fuse:rw"],
	command: ["/srv/server", "/mnt/remote/greeting"],
	under: guarded,
	ofAny: {
		capabilities: ["CHOWN", "DAC_READ_SEARCH", "FOWNER", "SETGID", "SETUID", "SETPCAP", "SYS_ADMIN"],
		optional: ["KILL", "NET_BIND_SERVICE"],
		options: ["--security-opt apparmor=unconfined"],
		worst: [{ "/srv/data": closedTree }],
	},
};

const serves = async ({ exec }: Container) =>
	(await exec(["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/80 && cat <&3"])).stdout.includes("hello from the other side");

describe("the quickstart", () => {
	it.each([
		["this-start", () => [`${volume("touch journal; chown -R 4242:4242 .")}:/srv/data`], []],
		["any-volume", () => asks.ofAny.worst.flatMap(mounted), asks.ofAny.options],
	] as const)("serves with what is printed for %s, and misses any of it", { timeout: 600_000 }, async (outlook, volumes, spare) => {
		const surroundings = outlook === "this-start" ? guarded : [];
		const asking = await printed({ image, volumes: volumes() }, { ...asks, under: surroundings }, outlook);
		expect(asking).toEqual(expectedOf(asks, outlook));
		const attempt: Try = async (flags) => {
			const start = { image, volumes: volumes(), flags: [...surroundings, ...flags] };
			return (await outcomeOf(start, serves)) === droppedTo(user.owner, user.groups) && (await reopensOutput(start));
		};
		expect(await unmissed(asking.flags, [attempt])).toEqual(spare);
	});
});
