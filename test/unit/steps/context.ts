import { safeParse } from "valibot";
import type { Accounts, Identity } from "../../../src/identity/identity.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { Failure } from "../../../src/report/failure.ts";
import { loadSteps, planStep, type StepAction, type StepKind, stepKinds } from "../../../src/steps/index.ts";
import type { PlanContext } from "../../../src/steps/step.ts";
import { dockerRoot, type FakeEntry, FakeKernel, type FakeProcess } from "../../fake/index.ts";

const app: Identity = { uid: toUid(1000), gid: toGid(1000), groups: [toGid(44), toGid(1000)], name: "app", home: "/home/app" };

const users = [
	{ name: "root", uid: toUid(0), gid: toGid(0), home: "/root", shell: "" },
	{ name: "app", uid: toUid(1000), gid: toGid(1000), home: "/home/app", shell: "" },
	{ name: "redis", uid: toUid(999), gid: toGid(998), home: "/", shell: "" },
];

const accounts: Accounts = {
	userByName: (name) => users.find((each) => each.name === name),
	userById: (uid) => users.find((each) => each.uid === uid),
	groupByName: (name) => (name === "video" ? toGid(44) : undefined),
	membershipsOf: () => [],
	membersOf: () => [],
	usersInGroup: () => [],
	namesIn: () => [],
};

export function kernelWith(
	files: Readonly<Record<string, Partial<FakeEntry> | string>> = {},
	process: FakeProcess = dockerRoot(),
): FakeKernel {
	return new FakeKernel({ process, files, workdir: "/srv" });
}

const schema = await loadSteps(stepKinds);
/** Where in a document the step's own configuration is: setup, 0, kind. */
const depth = 3;

/** The configuration that a step's schema makes of what was written, or the messages of what is wrong. */
export function configure(kind: StepKind, written: unknown): unknown {
	const result = safeParse(schema, { setup: [{ [kind]: written }] });
	return result.success
		? result.output.setup[0]?.config
		: result.issues.map(({ message, path }) => [...(path ?? []).slice(depth).map(({ key }) => key), message].join(": "));
}

export function plan<Kind extends StepKind>(kind: Kind, written: unknown, { host } = kernelWith()): Extract<StepAction, { kind: Kind }> {
	const context = {
		target: app,
		accounts,
		reads: host,
		environment: new Map([["PATH", "/bin"]]),
		start: undefined as unknown as PlanContext["start"],
	};
	const config = configure(kind, written);
	if (Array.isArray(config)) {
		throw new Error(config.join("\n"));
	}
	return planStep(kind, config, context) as Extract<StepAction, { kind: Kind }>;
}

/** `CODE: message` of what planning refuses. */
export function refusalOf(work: () => unknown): string {
	try {
		work();
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n");
		}
		throw error;
	}
	throw new Error("nothing was refused");
}
