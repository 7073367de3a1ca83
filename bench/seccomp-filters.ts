// Writes docker-default for a process that keeps nothing, as the filters of others are made of it, into the directory that is named:
// our program, an OCI runtime configuration for runc, and rules for bench/seccomp.c.
import { readFileSync, writeFileSync } from "node:fs";
import { arch, release } from "node:os";
import { join } from "node:path";
import { CapabilitySet } from "../src/capability/set.ts";
import { builtIn } from "../src/confine/seccomp/built-in.ts";
import { dockerDefault } from "../src/confine/seccomp/docker-default.ts";
import { returned } from "../src/confine/seccomp/instruction.ts";
import type { Action, Condition, ProfileRule } from "../src/confine/seccomp/profile.ts";
import { filterOf, kernelVersion } from "../src/confine/seccomp/template.ts";

const [directory = "."] = process.argv.slice(2);
const [machine, word] = arch() === "arm64" ? ["aarch64", "arm64"] : ["x86_64", "amd64"];
const operators: readonly Condition["operator"][] = ["!=", "<", "<=", "==", ">=", ">", "masked =="];
const names = ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"].map((name) => `SCMP_CMP_${name}`);

const rules = dockerDefault.rules.filter(
	({ includes, excludes }) =>
		includes.capabilities.length === 0 &&
		(includes.architectures.length === 0 || includes.architectures.includes(word)) &&
		!excludes.architectures.includes(word),
);

/** As libseccomp has the two values of a comparison. */
function values({ operator, value, mask = 0n }: Condition): [bigint, bigint] {
	return operator === "masked ==" ? [mask, value] : [value, 0n];
}

function lines({ names: calls, action, conditions }: ProfileRule): string[] {
	const compared = conditions.map((each) => [each.index, operators.indexOf(each.operator) + 1, ...values(each)].join(" "));
	return calls.map((name) => [name, returned(action), conditions.length, ...compared].join(" "));
}

function actionWord(action: Action): object {
	return action.kind === "errno" ? { action: "SCMP_ACT_ERRNO", errnoRet: action.value } : { action: "SCMP_ACT_ALLOW" };
}

const { program } = filterOf(builtIn(machine), "docker-default", CapabilitySet.empty, kernelVersion(release()));
writeFileSync(join(directory, "ours.bpf"), Buffer.from(program, "hex"));
writeFileSync(join(directory, "rules"), `${rules.flatMap(lines).join("\n")}\n`);

const bundle = join(directory, "bundle/config.json");
const config = JSON.parse(readFileSync(bundle, "utf8"));
config.process = { ...config.process, terminal: false, args: ["/pause"], capabilities: {}, noNewPrivileges: true };
config.root = { path: "rootfs", readonly: true };
config.linux.seccomp = {
	defaultAction: "SCMP_ACT_ERRNO",
	defaultErrnoRet: 1,
	architectures: machine === "aarch64" ? ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"] : ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
	syscalls: rules.map(({ names: calls, action, conditions }) => ({
		names: calls,
		...actionWord(action),
		args: conditions.map((each) => {
			const [value, valueTwo] = values(each);
			return { index: each.index, op: names[operators.indexOf(each.operator)], value: Number(value), valueTwo: Number(valueTwo) };
		}),
	})),
};
writeFileSync(bundle, JSON.stringify(config));
