import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import type { Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

const reads = { parseYaml } as unknown as Reads;

/** What is told of a step, and whether it is written without being asked. */
async function told(step: string, user: string): Promise<readonly (readonly [remedy: string, isCertain: boolean | undefined])[]> {
	const text = `user: ${user}\nsetup:\n  - ${step}\n`;
	try {
		await parseConfig(text, "f.yaml", {
			reads,
			environment: new Map([
				["PUID", "1000"],
				["PGID", "100"],
				["GRP", "5"],
			]),
			loadSteps,
		});
	} catch (error) {
		const found = (error as Failure).diagnostics;
		return found.map(({ remedy = [], correction }) => [remedy.join("\n").replace(/^write (?:- )?/, ""), correction?.isCertain]);
	}
	throw new Error("nothing is wrong");
}

const byVariables = 'own: {path: /config, owner: "${PUID}", group: "${PGID}"}';

describe("chown as a step", () => {
	it.each([
		["chown -R nobody:$GRP /z", "redis", 'own: {path: /z, owner: nobody, group: "${GRP}"}', false],
		["chgrp -R $GRP /z", "redis", 'own: {path: /z, owner: keep, group: "${GRP}"}', false],
		['"chown -R $PUID:$PGID /config"', "redis", byVariables, false],
		['"chown -R ${PUID}:${PGID} /config"', "redis", byVariables, false],
		['own: "${PUID}:${PGID} /config"', "redis", byVariables, false],
		['"chown -R $PUID:$PGID /config"', '"${PUID}:${PGID}"', "own: /config", true],
		['"chown -R $PUID:$PGID /a /b"', '"${PUID:-1000}:${PGID:-1000}"', "own: {path: [/a, /b]}", true],
		['"chown $PUID:$PGID /a"', '"${PUID}:${PGID}"', "own: {path: /a, policy: top-only}", true],
		['"chown -R $PGID:$PUID /config"', '"${PUID}:${PGID}"', 'own: {path: /config, owner: "${PGID}", group: "${PUID}"}', false],
		['"chown -R $PUID /config"', '"${PUID}"', 'own: {path: /config, owner: "${PUID}", group: keep}', false],
		['"chown -R ${APP:-app}: /z"', "redis", 'own: {path: /z, owner: "${APP:-app}", group: login}', false],
		["chown -R redis.redis /data", "redis", "own: {path: /data, owner: redis, group: redis}", true],
		["chown -R redis. /data", "redis", "own: {path: /data, owner: redis, group: login}", true],
		["chown -R john.doe /data", "redis", "own: {path: /data, owner: john, group: doe}", false],
		['"chown -R redis: /d5"', "redis", "own: {path: /d5, owner: redis, group: login}", true],
		["chown -R redis: /d5", "redis", "own: {path: /d5, owner: redis, group: login}", false],
	])("%s, with %s as the user, is %s", async (step, user, ours, isCertain) => {
		expect(await told(step, user)).toEqual([[ours, isCertain]]);
	});

	it("is told in words where it asks who has it now", async () => {
		expect((await told("chown --from=a redis /data", "redis")).map(([remedy]) => /own:/.test(remedy))).toEqual([false]);
	});
});
