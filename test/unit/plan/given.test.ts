import { describe, expect, it } from "vitest";
import { speechFor } from "../../../src/cli/call.ts";
import { parseOptions } from "../../../src/cli/options.ts";
import { makePlan } from "../../../src/cli/run.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { Failure } from "../../../src/report/failure.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

/** What a start comes to, or the codes and messages of what is wrong. */
async function planned(config: string, environment: readonly string[]): Promise<Plan | string> {
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/c.yaml": `user: app\n${config}`,
			"/etc/entrypoint.yaml": "user: app\nworkdir: /of-the-default\n",
			"/etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
			"/etc/group": "root:x:0:\napp:x:1000:\n",
			"/usr/bin/tool": { mode: 0o755 },
			"/run/secret": { mode: 0o600, content: "of the file\n" },
		},
		environment: ["HOME=/root", ...environment],
		overrides: { parseYaml },
	});
	const args = config === "" ? [] : ["-c", "/etc/c.yaml"];
	try {
		return (await makePlan(host, parseOptions([...args, "--", "tool"]), "run")).plan;
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n");
		}
		throw error;
	}
}

async function workdirOf(config: string, environment: readonly string[]): Promise<unknown> {
	const plan = await planned(config, environment);
	return typeof plan === "string" ? plan : (plan.departure.rows as { workdir?: unknown }).workdir;
}

/** NAME of the workload, or what is wrong. */
async function nameOf(config: string, environment: readonly string[]): Promise<string | undefined> {
	const plan = await planned(config, environment);
	return typeof plan === "string" ? plan : plan.environment.filter((entry) => entry.startsWith("NAME")).join(" ") || undefined;
}

/** Whether a step is part of the plan and would be done, what it holds, or what is wrong. */
async function stepOf(step: string, environment: readonly string[]): Promise<unknown> {
	const plan = await planned(`setup: [${step}]`, environment);
	return typeof plan === "string" ? plan : plan.setup.map(({ action }) => action);
}

async function conditionOf(when: string, environment: readonly string[]): Promise<unknown> {
	// A socket's condition is decided with the plan.
	const plan = await planned(`setup: [{when: ${when}, listen: {tcp: 80}}]`, environment);
	return typeof plan === "string" ? plan : plan.setup.length === 1;
}

type Consumer = (environment: readonly string[]) => Promise<unknown>;

const noFile = {
	ofUnset: "ENVIRONMENT_INVALID: file '/f': the variable NAME is not set",
	ofEmpty: "ENVIRONMENT_INVALID: file '/f': the variable NAME is empty, which counts as not given",
};
const withQuotes = (text: string) => text.replaceAll("'", '"');
const contentOf = async (environment: readonly string[], fields: string) => {
	const found = await stepOf(`{file: {path: /f, ${fields}}}`, environment);
	const source = Array.isArray(found) ? (found[0] as { source: { content?: string; environment?: string[] } }).source : undefined;
	return source === undefined ? found : (source.content ?? source.environment);
};
const requirement = async (environment: readonly string[], fields: string) => {
	const found = await stepOf(`{require: {${fields}}}`, environment);
	return (found as { variables: { isMet: boolean }[] }[])[0]?.variables[0]?.isMet;
};
const certificates = async (environment: readonly string[]) =>
	((await stepOf("{ca_certificates: {bundle: /b, extra: {env: NAME}}}", environment)) as { environment: string[] }[])[0]?.environment;
const secretSource = async (environment: readonly string[]) => {
	const found = await stepOf("{secret: {path: /run/s, from: {env: NAME}}}", environment);
	return Array.isArray(found) ? (found[0] as { source: { kind: string } }).source.kind : found;
};

/** Each, and what it makes of NAME when that is not set, empty, and given as "x". */
const consumers: readonly (readonly [string, Consumer, unset: unknown, empty: unknown, set: unknown])[] = [
	[
		"${NAME}",
		(e) => nameOf('env: {unset: NAME, set: {NAME2: "-${NAME}"}}', e),
		"INTERPOLATION_UNSET: the variable NAME is not set",
		"NAME2=-",
		"NAME2=-x",
	],
	["${NAME:-y}", (e) => nameOf('env: {unset: NAME, set: {NAME2: "${NAME:-y}"}}', e), "NAME2=y", "NAME2=y", "NAME2=x"],
	[
		"${NAME:?}",
		(e) => nameOf('env: {unset: NAME, set: {NAME2: "${NAME:?}"}}', e),
		"INTERPOLATION_UNSET: the variable NAME is not set",
		"INTERPOLATION_UNSET: the variable NAME is empty, which counts as not given",
		"NAME2=x",
	],
	[
		"${NAME:?say}",
		(e) => nameOf('env: {unset: NAME, set: {NAME2: "${NAME:?say}"}}', e),
		"INTERPOLATION_UNSET: say",
		"INTERPOLATION_UNSET: say",
		"NAME2=x",
	],
	["env.default", (e) => nameOf("env: {default: {NAME: y}}", e), "NAME=y", "NAME=y", "NAME=x"],
	["env.set", (e) => nameOf("env: {set: {NAME: y}}", e), "NAME=y", "NAME=y", "NAME=y"],
	["env.unset", (e) => nameOf("env: {unset: NAM*}", e), undefined, undefined, undefined],
	["env.from_file with NAME alone", (e) => nameOf("env: {from_file: NAME}", e), undefined, "NAME=", "NAME=x"],
	[
		"env.from_file with a file",
		(e) => nameOf("env: {from_file: NAME}", ["NAME_FILE=/run/secret", ...e]),
		"NAME=of the file",
		"NAME=of the file",
		"ENVIRONMENT_INVALID: both NAME and NAME_FILE are set",
	],
	["env.from_file with an empty NAME_FILE", (e) => nameOf("env: {from_file: NAME}", ["NAME_FILE=", ...e]), undefined, "NAME=", "NAME=x"],
	["when.env", (e) => conditionOf("{env: NAME}", e), false, false, true],
	["when.env: value", (e) => conditionOf("{env: {NAME: x}}", e), false, false, true],
	["when.env: nothing", (e) => conditionOf('{env: {NAME: ""}}', e), true, true, false],
	["when.unset", (e) => conditionOf("{unset: NAME}", e), true, true, false],
	["require.env", (e) => requirement(e, "env: NAME"), false, false, true],
	["require.env_unset", (e) => requirement(e, "env_unset: NAM*"), true, true, false],
	[
		"secret",
		secretSource,
		"ENVIRONMENT_INVALID: secret: neither NAME nor NAME_FILE is set",
		"ENVIRONMENT_INVALID: secret: neither NAME nor NAME_FILE is set: NAME is empty, which counts as not given",
		"variable",
	],
	[
		"secret with a file",
		(e) => secretSource(["NAME_FILE=/run/secret", ...e]),
		"file",
		"file",
		"ENVIRONMENT_INVALID: secret: both NAME and NAME_FILE are set",
	],
	["file.from_env", (e) => contentOf(e, "from_env: NAME"), withQuotes(noFile.ofUnset), withQuotes(noFile.ofEmpty), "x"],
	["file.vars", (e) => contentOf(e, "template: /t, vars: NAME"), withQuotes(noFile.ofUnset), ["NAME="], ["NAME=x"]],
	["file.vars by a pattern", (e) => contentOf(e, "template: /t, vars: NAM*"), [], ["NAME="], ["NAME=x"]],
	["ca_certificates.extra.env", certificates, [], [], ["NAME=x"]],
];

describe("a variable that is empty counts as not given", () => {
	it.each(consumers)("by %s", async (_, consumer, ofUnset, ofEmpty, ofSet) => {
		expect([await consumer([]), await consumer(["NAME="]), await consumer(["NAME=x"])]).toEqual([ofUnset, ofEmpty, ofSet]);
	});

	it("as SSL_CERT_FILE and its kin", async () => {
		const found = async (entries: readonly string[]) => {
			const [action] = (await stepOf("{ca_certificates: {bundle: /b}}", entries)) as {
				system: string[];
				variableChange: { set: object };
			}[];
			return [action?.system[0], Object.keys(action?.variableChange.set ?? {})[1]];
		};
		const usual = ["/etc/ssl/certs/ca-certificates.crt", "CURL_CA_BUNDLE"];
		expect([
			await found([]),
			await found(["SSL_CERT_FILE=", "CURL_CA_BUNDLE="]),
			await found(["SSL_CERT_FILE=/x", "CURL_CA_BUNDLE=/y"]),
		]).toEqual([usual, usual, ["/x", "REQUESTS_CA_BUNDLE"]]);
	});

	it("as PATH, for the command and for a step's program", async () => {
		const found = async (entries: readonly string[]) => {
			const plan = await planned("setup: [{run: {command: [tool], user: target}}]", entries);
			return typeof plan === "string" ? plan : [plan.command.candidates[2], (plan.setup[0]?.action as { path?: string } | undefined)?.path];
		};
		const otherwise = ["/usr/sbin/tool", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
		expect([await found([]), await found(["PATH="]), await found(["PATH=/a:/b:/usr/bin"])]).toEqual([
			otherwise,
			otherwise,
			["/usr/bin/tool", "/a:/b:/usr/bin"],
		]);
	});

	it("as ABDICATE_CONFIG and ABDICATE_LOG", async () => {
		const workdir = async (entries: readonly string[]) => workdirOf("", entries);
		expect([await workdir([]), await workdir(["ABDICATE_CONFIG="]), await workdir(["ABDICATE_CONFIG=/etc/c.yaml"])]).toEqual([
			"/of-the-default",
			"/of-the-default",
			"/",
		]);
		const format = async (...entries: string[]) => (await speechFor([], entries)).format;
		expect([
			await format(),
			await format("ABDICATE_LOG="),
			await format("ABDICATE_LOG=json"),
			await format("ABDICATE_LOG=json", "ABDICATE_LOG=text"),
		]).toEqual(["text", "text", "json", "text"]);
	});
});

describe("env.from_file", () => {
	const file = "NAME_FILE=/run/secret";
	it.each([
		["a default for NAME leaves the file its say", "env: {from_file: NAME, default: {NAME: y}}", [file], "NAME=of the file"],
		["a default for NAME is there without a file", "env: {from_file: NAME, default: {NAME: y}}", [], "NAME=y"],
		[
			"a default for NAME_FILE is there without a value",
			"env: {from_file: NAME, default: {NAME_FILE: /run/secret}}",
			[],
			"NAME=of the file",
		],
		[
			"a default for NAME_FILE leaves NAME as it is given",
			"env: {from_file: NAME, default: {NAME_FILE: /run/secret}}",
			["NAME=x"],
			"NAME=x",
		],
		[
			"a default for NAME leaves the file of env.set its say",
			"env: {from_file: NAME, default: {NAME: y}, set: {NAME_FILE: /run/secret}}",
			[],
			"NAME=of the file",
		],
		[
			"both by default are two",
			"env: {from_file: NAME, default: {NAME: y, NAME_FILE: /run/secret}}",
			[],
			"ENVIRONMENT_INVALID: both NAME and NAME_FILE are set",
		],
		[
			"both by the configuration are two",
			"env: {from_file: NAME, set: {NAME: y}}",
			[file],
			"ENVIRONMENT_INVALID: both NAME and NAME_FILE are set",
		],
		["unset comes first: neither the file's name nor its content is there", "env: {from_file: NAME, unset: NAM*}", [file], undefined],
		["unset of NAME leaves the file", "env: {from_file: NAME, unset: NAME}", [file, "NAME=x"], "NAME=of the file"],
		["clear comes first", "env: {from_file: NAME, clear: true}", [file], undefined],
		["what is set after clear is read", "env: {from_file: NAME, clear: true, set: {NAME_FILE: /run/secret}}", [file], "NAME=of the file"],
		[
			"no such file",
			"env: {from_file: NAME}",
			["NAME_FILE=/none"],
			'ENVIRONMENT_INVALID: NAME_FILE: "/none" cannot be read: ENOENT: there is no such file',
		],
		[
			"below a file",
			"env: {from_file: NAME}",
			["NAME_FILE=/run/secret/x"],
			'ENVIRONMENT_INVALID: NAME_FILE: "/run/secret/x" cannot be read: ENOTDIR: a part of its path is not a directory',
		],
	] as const)("%s", async (_, config, environment, expected) => {
		expect(await nameOf(config, environment)).toBe(expected);
	});

	it("says at -v what was taken away before it", async () => {
		const plan = await planned("env: {from_file: NAME, unset: NAM*}", [file]);
		expect(typeof plan === "string" ? plan : plan.notes).toEqual([
			"env.from_file[0]: NAME_FILE is not read: env.unset or env.clear has taken it away before",
		]);
	});
});
