import { quoted } from "../../../report/text.ts";
import type { YamlNode } from "../../../sys/native.ts";
import type { Found, Rule } from "./rule.ts";
import { scalarsAt } from "./scalars.ts";

/** Words that mean something to a shell alone, and what says the same here. */
const words: readonly (readonly [written: RegExp, remedy: string])[] = [
	[/^\$[@*]$/, "leave it out: what the container is given is put there by itself"],
	[/^(?:\$\(nproc\)|`nproc`)$/, "write ${@cpus}"],
	[/^(?:\$\(hostname\)|`hostname`)$/, "write ${@hostname}"],
	[/\$\(.*\)|`.*`/s, 'a shell may find it out: [sh, -c, "exec PROGRAM ..."]'],
	[/^(?:&&|\|\|?|;|&|\d?>{1,2}.*|<.*|2>&1)$/s, 'write a step for each command, or start a shell: [sh, -c, "..."]'],
	[/^~(?:\/|$)/, "write the whole path, or ${@user.home}"],
];

const shells = /^(?:.*\/)?(?:ba|da|z|k|a)?sh$/;

export const shellWord: Rule = {
	severity: "note",
	summary: "An argument of a command means something to a shell alone, and none is there to read it.",
	find: ({ root, config: { setup } }) =>
		[
			["command", "default"],
			...setup.flatMap((_, index) => [
				["setup", index, "run"],
				["setup", index, "run", "command"],
			]),
		].flatMap((at) =>
			wordsAt(root, at).flatMap(([text, place]): Found[] => {
				const [, remedy] = words.find(([written]) => written.test(text)) ?? [];
				return remedy === undefined
					? []
					: [{ at: place, message: `${quoted(text)} is handed on as it is: there is no shell`, remedy: [remedy] }];
			}),
		),
};

/** None of a command that is a shell. */
function wordsAt(root: YamlNode, at: Found["at"]): [string, Found["at"]][] {
	const found = scalarsAt(root, at);
	return shells.test(found[0]?.[0] ?? "") ? [] : found;
}
