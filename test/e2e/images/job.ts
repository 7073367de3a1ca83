import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { jobs } from "../harness/images.ts";
import { needDocker, withDocker } from "../harness/need-docker.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import { buildExample, droppedTo, idsOf, privilegeIn } from "./example.ts";
import { printed, reopensOutput, type Try, unmissed } from "./grants.ts";
import { type Asked, itself, rowsOf, type Start, type Table } from "./rows.ts";

/** An example that comes to its end by itself. */
export interface Job extends Omit<Table, "asks"> {
	/** For this start; a job's volumes are its own affair. */
	readonly asks: Omit<Asked, "ofAny">;
	/** A name that the image knows, or `uid:gid`. */
	readonly user: string;
	readonly base?: string;
	/** Before the first start, with the image's name. */
	readonly prepare?: (image: string) => Promise<void>;
	/** What each start is given anew: variables, a network, volumes beside that of `place`. */
	readonly given?: () => Partial<ContainerOptions>;
	/** Where its volume goes, and what is found there unless the row has another. */
	readonly place?: string;
	readonly found?: () => string;
	/** The image's own command. */
	readonly command: readonly string[];
	/** What the job prints, all of it, when it goes well. */
	readonly prints: string;
	/** Comments of what is printed for a runtime. */
	readonly remarks?: readonly string[];
	/** Which of the printed flags are shown to be missed; all unless given. */
	readonly missed?: string[];
	/** What is left of its user's privilege, where it is not nothing. */
	readonly keeps?: (dropped: string) => string;
}

/** What a test of one image goes on with. */
export interface Built {
	readonly image: () => string;
	/** Its volume is another one each time. */
	readonly options: (start?: Start, found?: string) => ContainerOptions;
}

/** Builds the image and starts it in every way of the table; each row that goes well shows the job's privilege and its whole output. */
export function describeJob(name: string, job: Job): Built {
	const {
		asks,
		user,
		command,
		prints,
		base = jobs,
		given = (): Partial<ContainerOptions> => ({}),
		keeps = (dropped) => dropped,
		place,
		remarks = [],
	} = job;
	let image: string;
	let left: string;
	const setUp = withDocker(async () => {
		image = buildExample(name, base);
		await job.prepare?.(image);
		const { owner, groups } = /^\d+:\d+$/.test(user) ? { owner: user, groups: user.replace(/.*:/, "") } : await idsOf(image, user);
		left = keeps(droppedTo(owner, groups));
	});
	beforeAll(setUp, 300_000);
	beforeEach(needDocker);
	const options = (start: Start = {}, found = job.found?.() ?? "true"): ContainerOptions => {
		const { volumes = [], ...more } = given();
		const own = place === undefined ? [] : [`${volume(found)}:${place}`];
		return { image, ...more, volumes: [...volumes, ...own], ...job.always, ...start };
	};
	/** The job, after its own status as the kernel has it; the shell alone, as a wall may let nothing else be started. */
	const args = ["sh", "-c", 'while read -r line; do echo "$line"; done </proc/$$/status; echo ---; exec "$@"', "sh", ...command];
	const outcome = async (start: Start, found?: string) => {
		const { status, stdout, stderr } = await runContainer({ ...options(start, found), args });
		const [ofJob = "", output] = stdout.split("---\n");
		return output === undefined ? `${status} ${/error\[(\w+)\]/.exec(stderr)?.[1]}` : [status, privilegeIn(ofJob), output];
	};
	describe(name, () => {
		it.each(rowsOf(job))("ends as it should when started as %s", async (_, { start, ends, volume: found }) => {
			const hasRun = ends === itself || ends.includes("|");
			expect(await outcome(start, found)).toEqual(hasRun ? [0, ends === itself ? left : ends, prints] : ends);
		});

		it("goes well with what is printed for this start, and misses any of it", { timeout: 600_000 }, async () => {
			const asking = await printed(options({ caps: {} }), asks, "this-start");
			const grants = [...asks.capabilities.map((each) => `--cap-add ${each}`), ...(asks.devices?.join(" ").split(/ (?=--)/) ?? [])];
			expect(asking).toEqual({
				flags: ["--cap-drop ALL", ...grants, ...(asks.options ?? [])],
				optional: [...(asks.optional ?? []).map((each) => `--cap-add ${each}`), ...remarks],
			});
			const attempt: Try = async (flags) => {
				const start = { caps: {}, flags: [...(asks.under ?? []), ...flags] };
				const [status, privilege, output] = await outcome(start);
				return status === 0 && privilege === left && output === prints && (await reopensOutput(options(start)));
			};
			expect(await unmissed(asking.flags, [attempt], job.missed)).toEqual(asks.spare ?? []);
		});
	});
	return { image: () => image, options };
}
