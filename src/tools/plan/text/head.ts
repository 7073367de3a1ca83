import { idNames } from "../../../identity/id-names.ts";
import { shellWord } from "../../../report/shell.ts";
import { type Terminal, wrap } from "../../../report/terminal.ts";
import { blanksQuoted } from "../../../report/text.ts";
import { asWritten } from "../as-written.ts";
import { withItsHome } from "../shown-plan.ts";
import { type Page, shown } from "./page.ts";

const notKnown = "not known: what depends on it is not shown; abdicate plan FILE -- COMMAND [ARG...] has the whole";
const margin = "command  ".length;

/** What is run, as whom, and who says so. The command is one line, however long, to be pasted. */
export function renderHead({ plan, file, isCommandKnown, reads }: Page, { columns }: Terminal): string {
	const { name, uid, gid, home } = withItsHome(plan);
	const account = name === undefined ? `${uid}:${gid}` : `${blanksQuoted(name)} (${uid}:${gid})`;
	const groups = plan.departure.expected.groups.filter((each) => each !== gid);
	const nameOf = idNames(reads, "/etc/group");
	const workdir = plan.departure.rows.workdir;
	const as = [
		account,
		...(groups.length === 0 ? [] : [`groups ${groups.map((each) => `${each}${named(nameOf(each))}`).join(" ")}`]),
		home === undefined ? "no HOME" : `home ${blanksQuoted(home)}`,
		...(workdir === undefined ? [] : [`in ${blanksQuoted(workdir)}`]),
	];
	const line = (label: string, text: string) => `${wrap(label.padEnd(margin) + text, columns, margin)}\n`;
	return [
		isCommandKnown
			? `${"command".padEnd(margin)}${plan.command.argv.map((word) => shellWord(asWritten(word, /./))).join(" ")}\n`
			: line("command", notKnown),
		line("as", shown(as.join(", "))),
		line("from", file === undefined ? "no file: defaults and options alone" : shown(blanksQuoted(file))),
	].join("");
}

function named(name: string | undefined): string {
	return name === undefined ? "" : ` (${blanksQuoted(name)})`;
}
