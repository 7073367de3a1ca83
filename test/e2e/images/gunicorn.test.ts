import { beforeAll, describe, expect, it } from "vitest";
import { servers } from "../harness/images.ts";
import { type Container, type ContainerOptions, runContainer, startContainer } from "../harness/run.ts";
import { as, buildExample, droppedTo, idsOf, outcomeOf } from "./example.ts";

let image: string;
let web: string;

beforeAll(async () => {
	image = buildExample("gunicorn", servers);
	web = (await idsOf(image, "www-data")).owner;
}, 300_000);

const curl = async ({ exec }: Container, ...args: readonly string[]) => (await exec(["curl", "--silent", ...args])).stdout;
/** Over both sockets. */
const serves = async (container: Container) =>
	/^uid \d+ at 80\n$/.test(await curl(container, "http://127.0.0.1/")) &&
	/^uid \d+ at \/run\/web\/socket\n$/.test(await curl(container, "--unix-socket", "/run/web/socket", "http://web/"));

/** Only what `plan --format docker` asks for. */
const only = { drop: ["ALL"], add: ["CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE"] };
const nothing = { drop: ["ALL"] };
/** Docker opens low ports to everybody in its own network namespaces. */
const guarded = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];
const itself = "its user";

describe("gunicorn", () => {
	it.each<[string, Partial<ContainerOptions>, string]>([
		["root", {}, itself],
		["root, with an option", { args: ["--chdir=/app", "--worker-tmp-dir=/dev/shm", "--workers=1", "app:answer"] }, itself],
		["root, where ports are guarded", { flags: guarded }, itself],
		["root, only with what the plan asks for", { flags: guarded, caps: only }, itself],
		["root, without any capability", { caps: nothing }, "125 CAPABILITY_MISSING"],
		["root, no-new-privileges", { flags: ["--security-opt", "no-new-privileges"] }, itself],
		["root, read-only root file system, with a place for its socket", { flags: ["--read-only", "--tmpfs", "/run"] }, itself],
		["root, read-only root file system", { flags: ["--read-only"] }, "125 STEP_FAILED"],
		["uid 1000, with a place for its socket", { user: "1000:1000", flags: ["--tmpfs", "/run/web:uid=1000,mode=700"] }, as(1000, 1000)],
		["uid 1000, with none", { user: "1000:1000" }, "125 STEP_FAILED"],
		[
			"a random uid with gid 0, without any capability",
			{ user: "1000650000:0", caps: nothing, flags: ["--tmpfs", "/run/web:uid=1000650000,gid=0,mode=770"] },
			as(1_000_650_000, 0, "0"),
		],
	])("ends as it should when started as %s", async (_, start, expected) => {
		const wanted = expected === itself ? droppedTo(web) : expected;
		expect(await outcomeOf({ image, ...start }, serves)).toBe(wanted);
	});

	it("asks for no more than the row above grants", async () => {
		const { stdout } = await runContainer({ image, flags: guarded, entrypoint: "/abdicate", args: ["plan", "--format", "docker"] });
		expect(stdout.trim()).toBe(["--cap-drop ALL", ...only.add.map((name) => `--cap-add ${name}`)].join(" "));
	});

	it("has as many workers as the container has processors", async () => {
		const container = await startContainer({ image, flags: ["--cpus", "1"] });
		await container.waitFor("it serves", serves);
		const { stdout } = await container.exec(["sh", "-c", "cat /proc/[0-9]*/comm"]);
		// The master and one worker.
		expect(stdout.split("\n").filter((name) => name === "gunicorn")).toHaveLength(2);
	});

	it("starts again in the same container, over the socket's file that was left", async () => {
		const container = await startContainer({ image });
		await container.waitFor("it serves", serves);
		const former = container.pid();
		container.signal("KILL");
		await container.wait();
		container.start();
		expect(await container.waitFor("it serves again", async () => (await serves(container)) && container.pid() !== former)).toBe(true);
	});
});
