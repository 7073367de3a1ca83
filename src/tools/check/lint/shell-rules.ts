import { commandOfLine } from "../../../config/dollars.ts";
import { stepsOfLine } from "../../../config/shell-words.ts";
import { argument } from "../../../config/written.ts";
import { quoted } from "../../../report/text.ts";
import { yamlQuoted } from "../../../report/yaml.ts";
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
	severity: "warning",
	summary: "A word of a command means something to a shell alone, or is several, and no shell is there to read it.",
	find: ({ root, config: { setup } }) =>
		[
			["command", "default"],
			...setup.flatMap((_, index) => [
				["setup", index, "run"],
				["setup", index, "run", "command"],
			]),
		].flatMap((at) => {
			const all = scalarsAt(root, at);
			return all.flatMap(([text, place], index): Found[] => {
				const [before = "", first] = [all[index - 1]?.[0], all.findIndex(([word]) => shells.test(word))];
				const isRead =
					(first >= 0 && index > first) || /^-[dFt]$/.test(before) || (text === ";" && all.some(([word]) => /^-(?:exec|ok)/.test(word)));
				const several = asSeveral(text, index, before);
				const remedy =
					several ?? (index === 0 ? ofShell(text) : undefined) ?? (isRead ? undefined : words.find(([written]) => written.test(text))?.[1]);
				return remedy === undefined
					? []
					: [
							{
								at: place,
								message: `${quoted(text)} is ${several === undefined ? "handed on as it is" : "one word"}: there is no shell`,
								remedy: [remedy],
							},
						];
			});
		}),
};

export const chownProgram: Rule = {
	severity: "warning",
	summary: "A program of a step is to change an owner: it holds no capability, and the kernel refuses.",
	find: ({ root, config: { setup } }) =>
		setup.flatMap((_, index): Found[] => {
			const at = ["setup", index, "run"];
			const held = scalarsAt(root, [...at, "capabilities"]).some(([name]) => /^(?:cap_)?chown$/i.test(name));
			const written = [...scalarsAt(root, at), ...scalarsAt(root, [...at, "command"])];
			const words = written.map(([text]) => text);
			const line = shells.test(words[0] ?? "") ? words[2] : words.map((each) => (/\s/.test(each) ? yamlQuoted(each) : each)).join(" ");
			const place = written[0]?.[1];
			const parts = (line ?? "").split(/\s*(?:&&|\|\||[;\n])\s*/);
			const isChown = parts.some((each) => /^(?:\/\S*\/)?chown\s+(?:-\S+\s+)*[^-\s:]/.test(each));
			const steps = (stepsOfLine(line ?? "") ?? []).map((each) => `- ${each}`);
			return held || !isChown || place === undefined
				? []
				: [
						{
							at: place,
							message: chownRefused,
							remedy:
								steps.length === 0
									? [ownInstead]
									: steps.length === 1
										? [`write ${steps[0]}`]
										: ["write", ...steps.map((each) => `  ${each}`)],
						},
					];
		}),
};

const chownRefused = "chown changes no owner here: programs of steps hold no capability";
const ownInstead = "own: {path: PATH, owner: USER} is the step that does";

/** `cd /x`, `A=b prog` */
function ofShell(text: string): string | undefined {
	const [, name, value = ""] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
	return name !== undefined
		? `write env: {${name}: ${argument(value)}} beside the command`
		: text === "cd"
			? "it is cwd of run, workdir of the file"
			: /^(?:export|umask|ulimit|source|\.|eval)$/.test(text)
				? "a program is to stand first: this is a word of a shell"
				: undefined;
}

/** `nginx -g daemon off;` for a program, `-c ls` for a shell, `--port 80`. A program's path may have blanks. */
function asSeveral(text: string, index: number, before: string): string | undefined {
	const isProgram = index === 0 && /^(?![./]|\S*\$\{)\S+\s+\S|\s-{1,2}\w/.test(text);
	const isOption = index > 0 && (/^--[\w-]+ +[^\s-]\S*$/.test(text) || (shells.test(before) && /^-\w*c\s+\S/.test(text)));
	const [flag = "", ...rest] = text.trim().split(/\s+/);
	const list = /^(\S+ -g) (daemon off;)$/.exec(text);
	return isProgram
		? `write ${list ? `[${list[1]?.replace(" ", ", ")}, ${yamlQuoted(list[2] ?? "")}]` : commandOfLine(text.replace(/, +/g, " "))}`
		: isOption
			? `write ${flag}, ${argument(rest.join(" "))}`
			: undefined;
}
