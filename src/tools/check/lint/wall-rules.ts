import type { Config } from "../../../config/config.ts";
import { planApparmor } from "../../../confine/labels/apparmor.ts";
import type { SelinuxParts } from "../../../confine/labels/label.ts";
import { planSelinux } from "../../../confine/labels/selinux.ts";
import { Failure } from "../../../report/failure.ts";
import type { Reads } from "../../../sys/native.ts";
import { type Found, type Rule, wordsOfCommand } from "./rule.ts";

/** Of these, what stands there is judged by what the command is known to need. */
const judgedByCommand = ["seccomp", "landlock"] as const;

export const unknownCommand: Rule = {
	severity: "note",
	summary: "A wall is configured and no command is known, as with CMD of a Dockerfile: what the command needs of it was not looked at.",
	find: (subject) => {
		const key = judgedByCommand.find((name) => subject.config.rows[name] !== undefined);
		return key === undefined || wordsOfCommand(subject).length > 0
			? []
			: [
					{
						at: [key],
						message: "no command is known, so that what it needs of this wall was not looked at",
						remedy: ["abdicate check FILE -- COMMAND, with the words of CMD, or command.default in the file"],
					},
				];
	},
};

const modules = { apparmor: "AppArmor", selinux: "SELinux" } as const;

export const labelKernel: Rule = {
	severity: "note",
	summary: "The kernel of this machine has not the security module of the label; that of the one where the image runs may.",
	find: ({ config, reads, image }) =>
		image === undefined ? [] : (["apparmor", "selinux"] as const).flatMap((key) => lackingHere(key, config, reads)),
};

function lackingHere(key: keyof typeof modules, { rows, noNewPrivileges }: Config, reads: Reads): Found[] {
	const setting = rows[key];
	const start = { noNewPrivileges, isImagined: false, note: () => {} };
	try {
		if (setting !== undefined) {
			key === "apparmor" ? planApparmor(setting as string, reads, start) : planSelinux(setting as SelinuxParts, reads, start);
		}
		return [];
	} catch (error) {
		if (!(error instanceof Failure)) {
			throw error;
		}
		// Under which profile an image is built says nothing of where it runs.
		return error.diagnostics.flatMap(({ code, message, remedy = [] }) =>
			code === "LABEL_UNAVAILABLE" ? [{ at: [key], message: `a start on this machine is refused: ${message}`, remedy }] : [],
		);
	}
}
