import { dockerDefault } from "../../../src/confine/seccomp/docker-default.ts";
import type { Circumstances as When } from "../../../src/confine/seccomp/profile.ts";
import type { Filter } from "./bpf.ts";
import { type Circumstances, type DockerProfile, evaluated, nameOf } from "./evaluate.ts";

const words = { "==": "EQ", "!=": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE", "masked ==": "MASKED_EQ" } as const;

const when = ({ capabilities, architectures, minKernel }: When) => ({
	...(capabilities.length > 0 ? { caps: capabilities.map((name) => `CAP_${name}`) } : {}),
	...(architectures.length > 0 ? { arches: architectures } : {}),
	...(minKernel === undefined ? {} : { minKernel: minKernel.join(".") }),
});

/** The table itself, evaluated: what the compiler makes of it is to take its place. */
export async function ours(circumstances: Circumstances): Promise<Filter> {
	const profile: DockerProfile = {
		defaultAction: "SCMP_ACT_ERRNO",
		syscalls: dockerDefault.rules.map(({ names, action, conditions, includes, excludes }) => ({
			names,
			action: action.kind === "allow" ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO",
			...(action.kind === "errno" ? { errnoRet: action.value } : {}),
			args: conditions.map(({ index, operator, value, mask = 0n }) => ({
				index,
				op: `SCMP_CMP_${words[operator]}`,
				value: Number(operator === "masked ==" ? mask : value),
				...(operator === "masked ==" ? { valueTwo: Number(value) } : {}),
			})),
			includes: when(includes),
			excludes: when(excludes),
		})),
	};
	const filter = evaluated(profile, circumstances);
	const narrow = new Set(
		dockerDefault.rules.filter(({ conditions }) => conditions.some(({ width }) => width === 32)).flatMap(({ names }) => names),
	);
	return (call) =>
		narrow.has(nameOf(call.arch, call.nr) ?? "")
			? filter({ ...call, args: call.args.map((each) => BigInt.asUintN(32, each)) })
			: filter(call);
}
