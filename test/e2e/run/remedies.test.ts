import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";

type Options = Partial<ContainerOptions>;

/** How a container is started, by what it lacks. */
const starts: Readonly<Record<string, Options>> = {
	root: {},
	"no capability": { caps: { drop: ["ALL"] } },
	"no SETUID": { caps: { drop: ["SETUID"] } },
	"no SETPCAP": { caps: { drop: ["SETPCAP"] } },
	"no CHOWN": { caps: { drop: ["CHOWN"] } },
	"read-only": { flags: ["--read-only"] },
	"another user": { user: "1000:1000" },
	"a random user": { user: "1000650000:0" },
	"another user with a capability": { user: "1000:1000", caps: { add: ["SYS_ADMIN"] } },
};

const configurations: Readonly<Record<string, object>> = {
	plain: {},
	groups: { groups: { add: ["video"] } },
	strict: { when_unprivileged: "fail" },
	keep: { capabilities: { keep: ["NET_ADMIN"] } },
	"own and mkdir": { setup: [{ mkdir: { path: "/srv/data", owner: "app" } }, { own: "/srv" }] },
	"of two users": { setup: [{ mkdir: { path: "/srv/data", owner: "redis" } }, { mkdir: { path: "/srv/other", owner: "app" } }] },
	mount: { setup: [{ mount: { type: "tmpfs", target: "/home" } }] },
	"mount and port": { setup: [{ mount: { type: "tmpfs", target: "/home" } }, { listen: { tcp: 80 } }] },
	port: { setup: [{ listen: { tcp: 80 } }] },
	program: { setup: [{ run: { command: ["true"], capabilities: ["NET_ADMIN"] } }] },
	file: { setup: [{ file: { path: "/etc/app.conf", content: "x", owner: "app" } }] },
	require: { setup: [{ require: { capability: ["NET_ADMIN"] } }] },
};

async function run(config: object, { flags = [], ...more }: Options) {
	const { status, stderr } = await runHouse({
		image: busybox,
		config: { user: "app", ...config },
		args: ["--", "true"],
		flags,
		...more,
	});
	return { status, stderr };
}

/** The codes and messages, which are what is wrong. */
function errorsIn(stderr: string): string {
	return stderr
		.split("\n")
		.filter((line) => line.startsWith("abdicate: error"))
		.join("\n");
}

/** Each way that is told in flags of `docker run`, as these flags would be added by who reads it. */
function waysIn(stderr: string): string[][] {
	return [...stderr.matchAll(/^ +(?:[^\n]*: )?docker run (--[^\n]*) \.\.\.$/gm)]
		.map(([, flags = ""]) => flags.split(" "))
		.filter((words) => !words.some((word) => /^(?:PATH|PROFILE|N|NAME)(?::|$)/.test(word)));
}

function followed(words: readonly string[], { user, caps = {}, flags = [], ...rest }: Options): Options {
	const at = words.indexOf("--user");
	const added = words.flatMap((word, index) => (words[index - 1] === "--cap-add" ? [word] : []));
	const others = words.filter(
		(word, index) => !["--user", "--cap-add"].includes(word) && !["--user", "--cap-add"].includes(words[index - 1] ?? ""),
	);
	const chosen = at < 0 ? user : (words[at + 1] ?? "").replace(/^(\d+)$/, "$1:$1");
	return {
		...rest,
		...(chosen === undefined ? {} : { user: chosen }),
		caps: {
			...caps,
			drop: (caps.drop ?? []).filter((name) => !added.includes(name)),
			add: [...(caps.add ?? []).filter((name) => !added.includes(name)), ...added],
		},
		flags: [...flags, ...others],
	};
}

const cells = Object.keys(starts).flatMap((start) => Object.keys(configurations).map((name) => [start, name] as const));

describe("a remedy that is followed to the letter", () => {
	it.each(cells)("%s, %s: helps, or what is told next is another thing, and none leads back", async (start, name) => {
		const config = configurations[name] as object;
		const follow = async (options: Options, seen: readonly string[]): Promise<void> => {
			const { status, stderr } = await run(config, options);
			const errors = errorsIn(stderr);
			if (status === 0) {
				return;
			}
			expect(errors, stderr).not.toBe("");
			// What has been followed has to have changed something, and no way leads back to where one has been.
			expect(seen).not.toContain(errors);
			expect(seen.length).toBeLessThan(4);
			const isOther = options.user !== undefined && !options.user.startsWith("0:");
			if (isOther) {
				expect(stderr).not.toContain("--cap-add");
				expect(stderr.match(/error\[CAPABILITY_MISSING\]/g)?.length ?? 0).toBeLessThanOrEqual(1);
			}
			for (const way of waysIn(stderr)) {
				if (way.includes("--user") && !way.includes("0")) {
					expect((await run(config, followed(way, options))).status, `${way.join(" ")} after:\n${stderr}`).toBe(0);
				} else {
					await follow(followed(way, options), [...seen, errors]);
				}
			}
		};
		await follow(starts[start] as Options, []);
	});
});
