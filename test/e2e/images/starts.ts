import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { servers } from "../harness/images.ts";
import { needDocker, withDocker } from "../harness/need-docker.ts";
import type { Container, ContainerOptions } from "../harness/run.ts";
import { ownerOf, volume } from "../steps/volume.ts";
import { buildExample, droppedTo, idsOf, outcomeOf } from "./example.ts";
import { mounted, printed, reopensOutput, type Try, unmissed } from "./grants.ts";
import { expectedOf, itself, type Row, rowsOf, type Start, stepFailed, type Table } from "./rows.ts";

export interface Example extends Table {
	/** A name that the image knows, or `uid:gid`. */
	readonly user: string;
	/** Where its volume goes, what is found there, and what of it belongs to the user then. */
	readonly place?: string;
	readonly found?: string;
	readonly given?: readonly string[];
	/** A real client inside the container. */
	readonly serves: (container: Container) => Promise<boolean>;
	/** What its Dockerfile starts from; nothing for an empty image. */
	readonly base?: string | "nothing";
}

/** What a test of one image goes on with. */
export interface Started {
	/** `uid:gid` of the image's user. */
	readonly owner: () => string;
	readonly options: (start: Start, data: string) => ContainerOptions;
}

/** Builds the image and starts it in every way of the table. */
export function describeStarts(name: string, example: Example): Started {
	const { user, place, found = "chown 4242:4242 .", given = ["."], serves: usual, base = servers } = example;
	let image: string;
	let ids: Awaited<ReturnType<typeof idsOf>>;
	const setUp = withDocker(async () => {
		image = buildExample(name, base === "nothing" ? undefined : base);
		ids = /^\d+:\d+$/.test(user) ? { owner: user, groups: user.replace(/.*:/, "") } : await idsOf(image, user);
	});
	beforeAll(setUp, 300_000);
	beforeEach(needDocker);
	const options = (start: Start, data: string): ContainerOptions => ({
		image,
		volumes: place === undefined ? [] : [`${data}:${place}`],
		...start,
	});
	const startOnce = async ({ start = {}, ends, serves = usual }: Row, data: string) => {
		const before = ownerOf(data);
		expect(await outcomeOf(options(start, data), serves)).toBe(ends === itself ? droppedTo(ids.owner, ids.groups) : ends);
		if (place !== undefined && ends === itself) {
			expect(given.map((each) => ownerOf(data, each))).toEqual(given.map(() => ids.owner));
		} else if (ends !== stepFailed) {
			expect(ownerOf(data)).toBe(before);
		}
	};
	describe(name, () => {
		it.each(rowsOf(example))("ends as it should when started as %s", (_, row) => startOnce(row, volume(row.volume ?? found)));

		const { asks } = example;
		const { under = [], ofAny } = asks;
		const tryOf =
			(volumes: readonly string[], more: readonly string[] = []): Try =>
			async (given) => {
				const start = { image, volumes, flags: [...more, ...given] };
				const isServed = (await outcomeOf(start, usual)) === droppedTo(ids.owner, ids.groups);
				return isServed && (base === "nothing" || (await reopensOutput(start)));
			};

		it("starts with what is printed for this start, and misses any of it", { timeout: 600_000 }, async () => {
			const asking = await printed(options({}, volume(found)), asks, "this-start");
			expect(asking).toEqual(expectedOf(asks, "this-start"));
			// Each start finds it as it was.
			const attempt: Try = (given) => tryOf(options({}, volume(found)).volumes ?? [], under)(given);
			expect(await unmissed(asking.flags, [attempt])).toEqual(asks.spare ?? []);
		});

		it("starts on the worst volumes with what is printed for any, and misses any of it", { timeout: 900_000 }, async () => {
			const asking = await printed(options({}, volume(found)), { ...asks, under: [] }, "any-volume");
			expect(asking).toEqual(expectedOf(asks, "any-volume"));
			const tries = ofAny.worst.map(
				(volumes): Try =>
					(given) =>
						tryOf(mounted(volumes))(given),
			);
			expect(await unmissed(asking.flags, tries)).toEqual(ofAny.options ?? []);
		});

		it("starts once more on what was left when its first start was killed", async () => {
			const data = volume(found);
			const row = { start: { ...example.always }, ends: itself };
			await startOnce(row, data);
			await startOnce(row, data);
		});
	});
	return { owner: () => ids.owner, options };
}
