import { describe, expect, it } from "vitest";
import { CapabilitySet, noCapabilities } from "../../../src/capability/set.ts";
import { signalName, signalNumber } from "../../../src/config/signal-number.ts";
import { type InitSetting, usualInit as usual } from "../../../src/departure/resident.ts";
import { settingsText } from "../../../src/departure/resident-settings.ts";
import type { ResidentAsk } from "../../../src/departure/walls.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { residentWall } from "../../../src/plan/resident.ts";
import { laterForm } from "../../../src/report/json-line.ts";
import type { Host } from "../../../src/sys/native.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const { planPlacement, planResident, residentTexts } = residentWall;

interface Asked {
	readonly setting?: InitSetting;
	readonly kept?: CapabilitySet;
	readonly argv?: readonly [string, ...string[]];
	readonly own?: number;
	readonly overrides?: Partial<Host>;
}

function ask({ setting = usual, kept = CapabilitySet.empty, argv = ["/bin/app"], own = 0o755, overrides = {} }: Asked) {
	const { host } = new FakeKernel({ process: dockerRoot(), files: { "/proc/self/exe": { mode: own } }, overrides });
	const [warnings, notes]: [string[], string[]] = [[], []];
	const leavesFor = { command: { argv, candidates: [argv[0]] }, path: "/bin", workdir: "/", mayMake: () => false };
	const asked = {
		request: {
			identity: { uid: toUid(1000), gid: toGid(1000), groups: [] },
			sets: { ...noCapabilities, permitted: kept },
			ofWorkload: { settings: { init: setting }, leavesFor, warn: (message: string) => void warnings.push(message) },
		},
		start: { workdir: "/srv", parentDeathSignal: 9 },
		reads: host,
		later: () => undefined,
		note: (message: string) => void notes.push(message),
	} as unknown as ResidentAsk;
	return { asked, warnings, notes };
}

describe("what is planned for an init", () => {
	it("is nothing to keep, and the place of who leads a session", () => {
		const { asked, warnings, notes } = ask({});
		expect(planPlacement(asked)).toEqual({ place: "session", terminal: undefined, isForeground: false });
		expect(planResident(asked)).toEqual({
			signals: {},
			exitStatuses: {},
			toGroup: false,
			subreaper: false,
			graceMs: undefined,
			atEnd: undefined,
			resetsSignals: true,
			keepsPrivilege: false,
			texts: {},
			daemons: "warn",
			stopsToo: false,
			keepsKill: false,
			needsFilter: false,
			parentDeathSignal: 9,
			parent: 0,
			path: "/usr/bin/abdicate",
			summary: "keeps nothing",
		});
		expect([warnings, notes]).toEqual([[], []]);
	});

	it("is a group with the terminal under a shell, which it stops for", () => {
		const overrides = {
			getsid: () => 7,
			getpid: () => 9,
			getpgid: () => 9,
			getppid: () => 8,
			foregroundOf: (fd: number) => (fd === 1 ? 9 : -25),
		};
		const { asked } = ask({ overrides });
		const placement = planPlacement(asked);
		expect(placement).toEqual({ place: "group", terminal: 1, isForeground: true });
		expect(planResident(asked, placement)).toMatchObject({
			stopsToo: true,
			subreaper: true,
			parent: 8,
			summary: "keeps nothing, adopts orphans",
		});
	});

	it("is KILL where the workload keeps it with SETUID, and a warning where it keeps that alone", () => {
		const both = ask({ kept: CapabilitySet.of("KILL", "SETUID") });
		expect([planResident(both.asked).keepsKill, both.warnings]).toEqual([true, []]);
		const one = ask({ kept: CapabilitySet.of("SETUID") });
		expect([planResident(one.asked).keepsKill, one.warnings.length]).toEqual([false, 1]);
		expect(planResident(ask({ kept: CapabilitySet.of("KILL") }).asked).keepsKill).toBe(false);
	});

	it.each(["/init", "/sbin/init", "/lib/systemd/systemd", "s6-svscan"])("is refused beside %s", (name) => {
		expect(() => planResident(ask({ argv: [name] }).asked)).toThrow("is an init itself");
	});

	it("is refused for who may not execute this program, and noted for who may not read it", () => {
		expect(() => planResident(ask({ own: 0o700 }).asked)).toThrow("may not execute this program (mode 700)");
		const unread = ask({ own: 0o711 });
		planResident(unread.asked);
		expect(unread.notes).toHaveLength(1);
	});
});

describe("what the init reads", () => {
	it("is numbers, then the texts", () => {
		const setting = { ...usual, signals: { 15: 3 }, exitCodes: { 143: 0 }, graceMs: 5000, group: true, daemons: "terminate" as const };
		const { asked } = ask({ setting });
		const text = settingsText({
			plan: planResident(asked),
			placement: planPlacement(asked),
			texts: { failed: "fa", reaped: "é" },
			daemons: [{ pid: 12, text: "gone" }],
		});
		expect(text).toBe(" 1 0 0 0 0 0 0 0 -1 9 0 0 0 0 5000 1 15 3 1 143 0 1 12 1 4 2 0 2 0 0 0 0 0 0\ngonefaé");
	});

	it("fits into a pipe, whatever daemons there are", () => {
		const { asked } = ask({});
		const daemons = Array.from({ length: 40 }, (_, pid) => ({ pid: pid + 2, text: "x".repeat(400) }));
		const text = settingsText({
			plan: planResident(asked),
			placement: planPlacement(asked),
			texts: residentTexts({ level: 0 }, undefined),
			daemons,
		});
		expect(text.length).toBeLessThanOrEqual(4096);
		expect(text.length).toBeGreaterThan(3000);
	});

	it("is said in the form that was asked for, with places for what is known later", () => {
		expect(residentTexts({ level: 0 }, laterForm).refused).toMatch(
			/^\{"time":"\x03","severity":"warning","code":null,"step":null,"message":"init: signal \x02 could not be sent to process \x01, .*","remedy":\[\]\}\n$/,
		);
		expect(residentTexts({ level: 0 }, undefined).failed).toMatch(/^abdicate: error\[INIT_FAILED\] init: it could not .*\n$/);
		expect(Object.keys(residentTexts({ level: -1 }, undefined))).toEqual(["failed"]);
	});
});

it("knows signals by their names", () => {
	expect(["TERM", "SIGTERM", "15", "RTMIN", "RTMIN+3", "RTMAX-1", "RTMAX"].map(signalNumber)).toEqual([15, 15, 15, 34, 37, 63, 64]);
	expect(["TREM", "0", "65", "RTMIN-1", "RTMAX+1", "RTMIN+31", "", "term"].map(signalNumber)).toEqual(Array(8).fill(undefined));
	expect([15, 34, 64, 32].map(signalName)).toEqual(["TERM", "RTMIN+0", "RTMIN+30", "32"]);
});
