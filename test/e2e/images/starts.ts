import { beforeAll, describe, expect, it } from "vitest";
import { servers } from "../harness/images.ts";
import type { Container, ContainerOptions } from "../harness/run.ts";
import { ownerOf, volume } from "../steps/volume.ts";
import { buildExample, droppedTo, idsOf, outcomeOf } from "./example.ts";

type Row = readonly [name: string, start: Partial<ContainerOptions>, expected: string, volume?: string];

export interface Example {
	readonly user: string;
	/** Where its volume goes. */
	readonly place?: string;
	/** A real client inside the container. */
	readonly serves: (container: Container) => Promise<boolean>;
	readonly rows: readonly Row[];
}

/** What a test of one image goes on with. */
export interface Started {
	/** `uid:gid` of the image's user. */
	readonly owner: () => string;
	readonly options: (start: Partial<ContainerOptions>, data: string) => ContainerOptions;
}

/** Only what `plan --format docker` asks for. */
export const only = (...add: readonly string[]) => ({ caps: { drop: ["ALL"], add: [...add, "SETGID", "SETUID", "SETPCAP"] } });
export const noNewPrivileges = { flags: ["--security-opt", "no-new-privileges"] };
export const refused = "125 CAPABILITY_MISSING";
/** The row ends with the image's user and nothing else, and what is on the volume is that user's. */
export const itself = "its user";
/** A volume that anybody can write to, as a mounted directory of a user's own would be. */
export const open = "chmod 777 .";
/** What Kubernetes makes of a volume with fsGroup 0. */
export const ofGroup0 = "chgrp 0 .; chmod 775 .";

export const says = async ({ exec }: Container, wanted: string, ...command: readonly string[]) =>
	(await exec(command)).stdout.includes(wanted);

/** The same client, let in as this user. */
export function asUser(container: Container, user: string): Container {
	return { ...container, exec: (args, options) => container.exec(args, { ...options, user }) };
}

/** Builds the image and starts it in every way of the table. */
export function describeStarts(name: string, { user, place, serves, rows }: Example): Started {
	let image: string;
	let ids: Awaited<ReturnType<typeof idsOf>>;
	beforeAll(async () => {
		image = buildExample(name, servers);
		ids = await idsOf(image, user);
	}, 300_000);
	const options = (start: Partial<ContainerOptions>, data: string): ContainerOptions => ({
		image,
		volumes: place === undefined ? [] : [`${data}:${place}`],
		...start,
	});
	describe(name, () => {
		it.each<[...Row]>(rows.map((row) => [...row]))(
			"ends as it should when started as %s",
			async (_, start, expected, script = "chown 4242:4242 .") => {
				const data = volume(script);
				const wanted = expected === itself ? droppedTo(ids.owner, ids.groups) : expected;
				expect(await outcomeOf(options(start, data), serves)).toBe(wanted);
				if (expected === itself && place !== undefined) {
					expect(ownerOf(data)).toBe(ids.owner);
				}
			},
		);
	});
	return { owner: () => ids.owner, options };
}
