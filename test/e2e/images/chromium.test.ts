import { readFileSync, readlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { docker } from "../harness/docker.ts";
import { type ContainerOptions, runContainer, startContainer } from "../harness/run.ts";
import { describeJob } from "./job.ts";
import { asRandom, asUid1000, itself, ofGroup0, open, refused } from "./rows.ts";

const page = "data:text/html,<script>document.write(6*7)</script>";
/** The runtime's own filter makes way for the one of the configuration. */
const makesWay = ["--security-opt", "seccomp=unconfined"];

const chromium = describeJob("chromium", {
	user: "chrome",
	place: "/out",
	found: () => "chown 4242:4242 .",
	command: ["render", page],
	prints: "<html><head><script>document.write(6*7)</script></head><body>42</body></html>\n",
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP"],
		options: ["--security-opt seccomp=unconfined"],
		command: ["render", page],
	},
	remarks: ["# seccomp=unconfined: for clone, chroot and unshare: the configured filter allows that, and the usual one refuses it"],
	missed: ["--security-opt seccomp=unconfined"],
	always: { flags: makesWay },
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": { ends: itself, start: { flags: [...makesWay, "--read-only", "--tmpfs", "/tmp"] } },
		"uid 1000": { ends: asUid1000, volume: open },
		"a random uid with gid 0": { ends: asRandom, volume: ofGroup0 },
	},
});

/** Which namespaces a process shares with the first one, and what it holds in its own. */
function standing(pid: string, first: string): string {
	const shared = ["user", "pid", "net", "mnt"].filter(
		(each) => readlinkSync(`/proc/${pid}/ns/${each}`) === readlinkSync(`/proc/${first}/ns/${each}`),
	);
	const status = readFileSync(`/proc/${pid}/status`, "utf8");
	const fields = ["CapPrm", "CapEff", "NoNewPrivs", "Seccomp", "Seccomp_filters"].map(
		(name) => new RegExp(`^${name}:\\s*(\\S+)$`, "m").exec(status)?.[1]?.replace(/^0+(?=\d)/, "") ?? "",
	);
	return `${shared.join(" ")} | ${readlinkSync(`/proc/${pid}/root`).replace(/\d+/, "N")} | ${fields.join(" ")}`;
}

/** That of the browser's first process and of the one that has the page; and whether any was told to do without a sandbox. */
async function browserWith(options: Partial<ContainerOptions>, ...more: readonly string[]) {
	const args = ["chromium-headless-shell", "--user-data-dir=/tmp/chrome", "--remote-debugging-port=0", ...more, page];
	const container = await startContainer({ ...chromium.options(), args, ...options });
	try {
		const lines = await container.waitFor("the page has a process", () => {
			const found = docker("top", container.id, "-o", "pid,args").split("\n").slice(1);
			return found.some((line) => line.includes("--type=renderer")) && found;
		});
		const first = String(container.pid());
		const renderer = lines.find((line) => line.includes("--type=renderer")) ?? "";
		const rendererPid = /\d+/.exec(renderer)?.[0] ?? "";
		// It shuts itself in a moment after it has begun.
		const settled = await container.waitFor("it has its own filter, or none to come", () => {
			const now = standing(rendererPid, first);
			return (more.length > 0 || / 2$/.test(now)) && now;
		});
		return { browser: standing(first, first), page: settled, without: lines.filter((line) => line.includes("--no-sandbox")).length > 0 };
	} finally {
		container.remove();
	}
}

describe("a browser in its own sandbox", () => {
	it("shuts each page into namespaces of its own, behind one filter more", async () => {
		expect(await browserWith({})).toEqual({
			browser: "user pid net mnt | / | 0 0 1 2 1",
			page: "mnt | /proc/N/fdinfo | 0 0 1 2 2",
			without: false,
		});
	});

	it("has the page beside itself, as many images start it", async () => {
		expect(await browserWith({}, "--no-sandbox")).toEqual({
			browser: "user pid net mnt | / | 0 0 1 2 1",
			page: "user pid net mnt | / | 0 0 1 2 1",
			without: true,
		});
	});

	it.each(["clone", "unshare", "chroot"])("has no sandbox without %s", async (missing) => {
		const allow = ["clone", "unshare", "chroot"].filter((each) => each !== missing);
		const config = { user: "chrome", seccomp: { profile: "docker-default", allow } };
		const { status, stderr } = await runContainer({ ...chromium.options(), config, args: ["render", page] });
		expect([status === 0, /No usable sandbox|sys_chroot/.exec(stderr)?.[0]]).toEqual([
			false,
			missing === "chroot" ? "sys_chroot" : "No usable sandbox",
		]);
	});

	it("has no more than that of a namespace of its own", async () => {
		const inside = "unshare --user --map-root-user --mount --propagation unchanged --uts sh -c";
		const tries = ["mount -t tmpfs none /tmp", "hostname other", "id -u"];
		const script = tries.map((each) => `${inside} '${each} && echo done || echo refused' 2>/dev/null`).join("; ");
		const tried = async (more: Partial<ContainerOptions>) =>
			(await runContainer({ ...chromium.options(), ...more, args: ["sh", "-c", script] })).stdout.trimEnd().split("\n");
		expect(await tried({})).toEqual(["refused", "refused", "0", "done"]);
		expect(await tried({ config: "user: chrome" })).toEqual(["done", "done", "0", "done"]);
	});
});
