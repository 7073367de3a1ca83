import { describe, expect, it } from "vitest";
import { type Container, runContainer, startContainer } from "../harness/run.ts";
import { ownerOf, volume } from "../steps/volume.ts";
import { closedTree } from "./grants.ts";
import { asRandom, asUid1000, asUser, itself, ofGroup0, open, refused, says } from "./rows.ts";
import { describeStarts } from "./starts.ts";

/** The first words of AMQP 0-9-1: the server answers with the ways to log in. */
const serves = (container: Container) =>
	says(
		container,
		"PLAIN",
		"bash",
		"-c",
		"exec 3<>/dev/tcp/127.0.0.1/5672 && printf 'AMQP\\0\\0\\11\\1' >&3 && timeout 2 head -c 500 <&3 | tr -d '\\0'",
	);

const rabbitmq = describeStarts("rabbitmq", {
	user: "rabbitmq",
	place: "/var/lib/rabbitmq",
	serves,
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP"],
		ofAny: {
			capabilities: ["CHOWN", "DAC_READ_SEARCH", "FOWNER", "SETGID", "SETUID", "SETPCAP"],
			worst: [{ "/var/lib/rabbitmq": closedTree }],
		},
	},
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": itself,
		"uid 1000": { ends: asUid1000, volume: open },
		"a random uid with gid 0": { ends: asRandom, volume: ofGroup0 },
	},
});

describe("rabbitmq", () => {
	it("finds its virtual hosts and its cookie at the second start", async () => {
		const data = volume("chown 4242:4242 .");
		const control = async (container: Container, ...args: readonly string[]) =>
			(await asUser(container, "rabbitmq").exec(["rabbitmqctl", "--quiet", ...args])).stdout;
		const first = await startContainer(rabbitmq.options({}, data));
		await first.waitFor("it serves", () => serves(first), 60);
		await control(first, "add_vhost", "kept");
		expect(await control(first, "list_vhosts")).toContain("kept");
		await first.stop();
		const second = await startContainer(rabbitmq.options({}, data));
		await second.waitFor("it serves", () => serves(second), 60);
		expect(await control(second, "list_vhosts")).toContain("kept");
	}, 120_000);

	it("refuses a variable that has no effect any more, before it touches anything", async () => {
		const data = volume("chown 4242:4242 .");
		const { status, stderr } = await runContainer(rabbitmq.options({ env: { RABBITMQ_SSL_CERTFILE: "/cert.pem" } }, data));
		expect([status, ownerOf(data)]).toEqual([125, "4242:4242"]);
		expect(stderr).toContain("RABBITMQ_SSL_CERTFILE");
	});
});
