import { beforeAll, describe, expect, it } from "vitest";
import { servers } from "../harness/images.ts";
import { type Container, type ContainerOptions, runContainer, startContainer } from "../harness/run.ts";
import { ownerOf, stateOf, volume } from "../steps/volume.ts";
import { as, buildExample, droppedTo, idsOf, outcomeOf, privilegeOf } from "./example.ts";

let image: string;
/** Debian gives the account whatever system id is free. */
let node: string;

beforeAll(async () => {
	image = buildExample("node", servers);
	node = (await idsOf(image, "node")).owner;
}, 300_000);

const curl = async ({ exec }: Container, path: string, ...more: readonly string[]) =>
	(await exec(["curl", "--silent", ...more, `http://127.0.0.1${path}`])).stdout;
const welcome = "<!doctype html><title>A small site: welcome</title><p>It works.</p>\n";
const serves = async (container: Container) => (await curl(container, "/welcome")) === welcome;

const guarded = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];
const noNewPrivileges = ["--security-opt", "no-new-privileges"];
/** Only what `plan --format docker` asks for on that volume. */
const only = { drop: ["ALL"], add: ["CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE"] };
const nothing = { drop: ["ALL"] };
const wrongOwners = "mkdir images; touch images/mine; chown -R 4242:4242 .";
const itself = "its user";

describe("a node app", () => {
	it.each<[string, Partial<ContainerOptions>, string, string]>([
		["root, on a volume with wrong owners", {}, wrongOwners, itself],
		["root, where ports are guarded", { flags: guarded }, wrongOwners, itself],
		["root, only with what the plan asks for", { flags: guarded, caps: only }, wrongOwners, itself],
		["root, without any capability", { caps: nothing }, "true", "125 CAPABILITY_MISSING"],
		["root, no-new-privileges", { flags: noNewPrivileges }, wrongOwners, itself],
		["root, read-only root file system", { flags: ["--read-only"] }, wrongOwners, itself],
		["uid 1000", { user: "1000:1000" }, "chmod 777 .", as(1000, 1000)],
		["uid 1000 without any capability", { user: "1000:1000", caps: nothing }, "chmod 777 .", as(1000, 1000, "0")],
		["uid 1000, where ports are guarded", { user: "1000:1000", flags: guarded }, "chmod 777 .", "125 CAPABILITY_MISSING"],
		["uid 1000, on a volume of others", { user: "1000:1000" }, wrongOwners, "125 STEP_FAILED"],
		["a random uid with gid 0", { user: "1000650000:0" }, "chgrp 0 .; chmod 775 .", as(1_000_650_000, 0)],
	])("ends as it should when started as %s", async (_, start, script, expected) => {
		const wanted = expected === itself ? droppedTo(node) : expected;
		const content = volume(script);
		expect(await outcomeOf({ image, volumes: [`${content}:/srv/content`], ...start }, serves)).toBe(wanted);
		if (expected === itself) {
			const owners = [".", "images/mine", "themes/default/page.html", "pages/welcome.txt"].map((name) => ownerOf(content, name));
			expect(owners).toEqual([node, node, node, node]);
		}
	});

	it("asks for no more than the row above grants", async () => {
		const options = { image, volumes: [`${volume(wrongOwners)}:/srv/content`], flags: guarded };
		const { stdout } = await runContainer({ ...options, entrypoint: "/abdicate", args: ["plan", "--format", "docker"] });
		expect(stdout.trim()).toBe(["--cap-drop ALL", ...only.add.map((name) => `--cap-add ${name}`)].join(" "));
	});

	it("keeps what was written, and what was changed of the first content, at the second start", async () => {
		const content = volume(wrongOwners);
		const token = volume("echo correct horse > token; chmod 400 token");
		const options = {
			image,
			volumes: [`${content}:/srv/content`, `${token}/token:/run/secrets/token`],
			env: { ADMIN_TOKEN_FILE: "/run/secrets/token", SITE_TITLE: "<Mine>" },
		};
		const first = await startContainer(options);
		await first.waitFor("it serves", async () => (await curl(first, "/")) === "welcome\n");
		const put = (page: string, key: string) =>
			curl(first, page, "--request", "PUT", "--data", "a & b", "--header", `authorization: Bearer ${key}`);
		expect([await put("/news", "wrong"), await put("/news", "correct horse"), await put("/welcome", "correct horse")]).toEqual([
			"not for you\n",
			"kept\n",
			"kept\n",
		]);
		expect((await first.stop()).status).toBe(0);
		const second = await startContainer(options);
		await second.waitFor("it serves", async () => (await curl(second, "/")) === "news\nwelcome\n");
		const page = (name: string) => `<!doctype html><title>&lt;Mine>: ${name}</title><p>a &amp; b</p>\n`;
		expect([await curl(second, "/news"), await curl(second, "/welcome")]).toEqual([page("news"), page("welcome")]);
		expect([await privilegeOf(second), stateOf(content, "pages/news.txt")]).toEqual([droppedTo(node), `${node} 0644`]);
	});

	it("listens by itself where nothing was handed over", async () => {
		const config = { user: "node", env: { default: { SITE_CONTENT: "/app/content", SITE_TITLE: "A small site", SITE_THEME: "default" } } };
		const container = await startContainer({ image, config });
		const page = () => container.exec(["curl", "--silent", "http://127.0.0.1:8080/welcome"]);
		await container.waitFor("it serves", async () => (await page()).stdout === welcome);
		expect(await privilegeOf(container)).toBe(droppedTo(node));
	});

	it.each([[["id", "-u"]], [["node", "--version"]]])("touches no content for %s, which is dropped as well", async (args) => {
		const content = volume(wrongOwners);
		const { status, stdout } = await runContainer({ image, volumes: [`${content}:/srv/content`], args });
		expect([status, stdout.trim(), ownerOf(content, "images/mine")]).toEqual([
			0,
			args[0] === "id" ? node.split(":")[0] : expect.stringMatching(/^v18\./),
			"4242:4242",
		]);
	});
});
