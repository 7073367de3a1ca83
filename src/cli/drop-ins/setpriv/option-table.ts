import type { OptionForm } from "../common/options.ts";

/** Every option: what it takes, and whether util-linux 2.38.1 has it, whose abbreviations go before those of the newer ones. */
interface Option {
	readonly takes?: string;
	readonly short?: string;
	/** Another name of it. */
	readonly also?: string;
	readonly isNewer?: true;
	readonly text: string;
}

export const optionTable = {
	dump: { short: "d", text: "print the state of this process, and no more; twice and three times: more of it" },
	"no-new-privs": { also: "nnp", text: "no exec may gain privilege any more" },
	"ambient-caps": { takes: "CAPS", text: "change the ambient set: +net_raw, -all,+net_raw" },
	"inh-caps": { takes: "CAPS", text: "change the inheritable set" },
	"bounding-set": { takes: "CAPS", text: "take from the bounding set" },
	"list-caps": { text: "print the capabilities that this kernel has" },
	ruid: { takes: "USER", text: "the real uid" },
	euid: { takes: "USER", text: "the effective and the saved uid" },
	rgid: { takes: "GROUP", text: "the real gid" },
	egid: { takes: "GROUP", text: "the effective and the saved gid" },
	reuid: { takes: "USER", text: "all uids" },
	regid: { takes: "GROUP", text: "all gids" },
	"clear-groups": { text: "no supplementary groups" },
	"keep-groups": { text: "those of the start" },
	"init-groups": { text: "those of the user in /etc/group, and its own" },
	groups: { takes: "GROUP,...", text: "exactly these" },
	securebits: { takes: "BITS", text: "change the securebits: +noroot,+noroot_locked" },
	pdeathsig: { takes: "keep|clear|SIGNAL", text: "the signal when the parent ends" },
	"selinux-label": { takes: "CONTEXT", text: "the SELinux context of the program" },
	"apparmor-profile": { takes: "PROFILE", text: "the AppArmor profile of the program" },
	"reset-env": { text: "only TERM is kept; HOME, SHELL, USER, LOGNAME and PATH are those of the user" },
	"landlock-access": { takes: "KIND[:RIGHT,...]", isNewer: true, text: "forbid: fs, net, scope, or some rights of one" },
	"landlock-rule": { takes: "RULE", isNewer: true, text: "allow again: path-beneath:RIGHT,...:PATH, net-port:RIGHT,...:PORT" },
	"landlock-support": { isNewer: true, text: "print what this kernel has of Landlock" },
	"list-landlock-access": { isNewer: true, text: "print the kinds of access" },
	"list-landlock-rights": { takes: "KIND", isNewer: true, text: "print the rights of one kind" },
	"seccomp-filter": { takes: "FILE", isNewer: true, text: "load this compiled filter of system calls" },
	ptracer: { takes: "PID|any|none", isNewer: true, text: "who may trace the program where Yama restricts it" },
	help: { short: "h", text: "print this" },
	version: { short: "V", text: "print the version" },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof optionTable;

const table: readonly (readonly [OptionName, Option])[] = Object.entries(optionTable) as unknown as [OptionName, Option][];

export const optionForms = table.map(
	([name, { short, takes, also, isNewer }]): OptionForm<OptionName> => ({
		name,
		...(short !== undefined && { short }),
		long: also === undefined ? name : [name, also],
		...(takes !== undefined && { value: "required" }),
		...(isNewer && { yields: true }),
	}),
);

export function usageOf(name: string): string {
	const forms = table.map(([long, { short, takes, also, text }]) => {
		const names = [...(short === undefined ? [] : [`-${short}`]), `--${long}`, ...(also === undefined ? [] : [`--${also}`])];
		return [`${names.join(", ")}${takes === undefined ? "" : ` ${takes}`}`, text] as const;
	});
	const width = Math.max(...forms.map(([form]) => form.length)) + 2;
	return [
		`Usage: ${name} [OPTION...] PROGRAM [ARG...]`,
		"",
		"Runs a program with other privilege than this one has. What no option names stays.",
		"",
		...forms.map(([form, text]) => `  ${form.padEnd(width)}${text}`),
		"",
	].join("\n");
}
