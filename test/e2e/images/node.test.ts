import { describe, expect, it } from "vitest";
import { type Container, runContainer, startContainer } from "../harness/run.ts";
import { ownerOf, stateOf, volume } from "../steps/volume.ts";
import { as, droppedTo, privilegeOf } from "./example.ts";
import { closedTree } from "./grants.ts";
import { asRandom, asUid1000, guarded, itself, nothing, ofGroup0, open, refused, stepFailed } from "./rows.ts";
import { describeStarts } from "./starts.ts";

const curl = async ({ exec }: Container, path: string, ...more: readonly string[]) =>
	(await exec(["curl", "--silent", ...more, `http://127.0.0.1${path}`])).stdout;
const welcome = "<!doctype html><title>A small site: welcome</title><p>It works.</p>\n";
const serves = async (container: Container) => (await curl(container, "/welcome")) === welcome;

const wrongOwners = "mkdir images; touch images/mine; chown -R 4242:4242 .";

const node = describeStarts("node", {
	user: "node",
	place: "/srv/content",
	found: wrongOwners,
	given: [".", "images/mine", "themes/default/page.html", "pages/welcome.txt"],
	serves,
	asks: {
		capabilities: ["CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE"],
		under: guarded,
		ofAny: {
			capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SETPCAP"],
			optional: ["NET_BIND_SERVICE"],
			worst: [{ "/srv/content": closedTree }],
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
	more: {
		"root, where ports are guarded": { ends: itself, start: { flags: guarded } },
		"uid 1000 without any capability": { ends: as(1000, 1000, "0"), start: { user: "1000:1000", caps: nothing }, volume: open },
		"uid 1000, where ports are guarded": { ends: refused, start: { user: "1000:1000", flags: guarded }, volume: open },
		"uid 1000, on a volume of others": { ends: stepFailed, start: { user: "1000:1000" } },
	},
});

describe("a node app", () => {
	it("keeps what was written, and what was changed of the first content, at the second start", async () => {
		const content = volume(wrongOwners);
		const token = volume("echo correct horse > token; chmod 400 token");
		const volumes = [`${content}:/srv/content`, `${token}/token:/run/secrets/token`];
		const options = node.options({ volumes, env: { ADMIN_TOKEN_FILE: "/run/secrets/token", SITE_TITLE: "<Mine>" } }, content);
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
		expect([await privilegeOf(second), stateOf(content, "pages/news.txt")]).toEqual([droppedTo(node.owner()), `${node.owner()} 0644`]);
	});

	it("listens by itself where nothing was handed over", async () => {
		const config = { user: "node", env: { default: { SITE_CONTENT: "/app/content", SITE_TITLE: "A small site", SITE_THEME: "default" } } };
		const container = await startContainer(node.options({ config }, volume("true")));
		const page = () => container.exec(["curl", "--silent", "http://127.0.0.1:8080/welcome"]);
		await container.waitFor("it serves", async () => (await page()).stdout === welcome);
		expect(await privilegeOf(container)).toBe(droppedTo(node.owner()));
	});

	it.each([[["id", "-u"]], [["node", "--version"]]])("touches no content for %s, which is dropped as well", async (args) => {
		const content = volume(wrongOwners);
		const { status, stdout } = await runContainer(node.options({ args }, content));
		expect([status, stdout.trim(), ownerOf(content, "images/mine")]).toEqual([
			0,
			args[0] === "id" ? node.owner().split(":")[0] : expect.stringMatching(/^v18\./),
			"4242:4242",
		]);
	});
});
