import { parseCapability } from "../../capability/names.ts";
import { type Diagnostic, Failure } from "../../report/failure.ts";
import { suggestion } from "../../report/suggest.ts";
import { quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { abisOf, callNames, isCallName } from "./calls.ts";
import { exceptionMeant, expandNames } from "./exceptions.ts";
import type { SeccompSetting } from "./setting.ts";

export const settingArchitectures = ["native", "x86_64", "x86", "x32", "aarch64", "arm"] as const;

/** What Go, Docker, Debian and libseccomp call the same. */
const otherArchitectures: Readonly<Record<string, string>> = {
	amd64: "x86_64",
	x64: "x86_64",
	arm64: "aarch64",
	i386: "x86",
	i686: "x86",
	386: "x86",
	armhf: "arm",
	armv7: "arm",
	armv7l: "arm",
};

/** Throws a Failure with every name of the setting that no architecture of the machine knows, each at its place. */
export function refuseUnknownWords({ allow, deny, architectures = [] }: Omit<SeccompSetting, "profile">, machine: string): void {
	const { native, others } = abisOf(machine);
	const known = new Set([native, ...others].flatMap(callNames));
	const wrong = (where: string, message: string, ...remedy: string[]): Diagnostic[] => [
		{ code: "CONFIG_INVALID_VALUE", where, message, ...(remedy.length === 0 ? {} : { remedy }) },
	];
	const unknownCall = (where: string, name: string): Diagnostic[] =>
		isCallName(name)
			? wrong(where, `${quoted(name)} is a call of other architectures than this machine's`, "take it out")
			: /^[A-Z_]+$/.test(name) && parseCapability(name) !== undefined
				? wrong(where, `${quoted(name)} is a capability, and this takes calls`, "capabilities.keep opens the calls that go with it")
				: /[\s,]/.test(name)
					? wrong(
							where,
							`unknown call ${quoted(name)}`,
							`a list has a name in each place: [${name
								.split(/[\s,]+/)
								.map(yamlScalar)
								.join(", ")}]`,
						)
					: wrong(where, `unknown call ${quoted(name)}${suggestion(name, known)}`);
	const [first, ...more] = [
		...allow.flatMap((name, index) => {
			const where = `seccomp.allow[${index}]`;
			const meant = exceptionMeant(name);
			return expandNames([name]).every((each) => known.has(each))
				? []
				: meant === undefined
					? unknownCall(where, name)
					: wrong(where, `unknown call ${quoted(name)}; what such programs need is called "${meant}"`);
		}),
		...deny.flatMap((name, index) => {
			const where = `seccomp.deny[${index}]`;
			const meant = exceptionMeant(name);
			return known.has(name)
				? []
				: meant === undefined
					? unknownCall(where, name)
					: wrong(where, `unknown call ${quoted(name)}`, `deny takes the calls themselves: ${expandNames([meant]).join(", ")}`);
		}),
		...architectures.flatMap((word, index) => {
			const plain = word.replace(/^SCMP_ARCH_/i, "").toLowerCase();
			const meant = otherArchitectures[plain] ?? settingArchitectures.find((each) => each === plain);
			return (settingArchitectures as readonly string[]).includes(word)
				? []
				: wrong(
						`seccomp.architectures[${index}]`,
						`unknown architecture ${quoted(word)}${meant === undefined ? suggestion(word, settingArchitectures) : `; did you mean "${meant}"?`}`,
					);
		}),
	];
	if (first !== undefined) {
		throw new Failure(first, ...more);
	}
}
