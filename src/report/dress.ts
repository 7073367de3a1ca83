import { paint, type Screen, type Terminal, terminalOf, wrap } from "./terminal.ts";

type Severity = "note" | "info" | "warning" | "error";

/** Lines of a log, as they stand in a file, for a terminal: coloured, and wrapped but for what is to be pasted and for a source with its caret. */
export function dress(text: string, severity: Severity, terminal: Terminal): string {
	if (terminal.columns === undefined && !terminal.colours) {
		return text;
	}
	const [first = "", ...others] = text.replace(/\n$/, "").split("\n");
	return [head(first, severity, terminal), ...others.map((line) => below(line, terminal)), ""].join("\n");
}

/** As `dress`, for what is written to standard error of such a host. */
export function dressed(text: string, severity: Severity, screen: Screen): string {
	return dress(text, severity, terminalOf(screen, 2));
}

/** `abdicate: error[CODE]`, where it is said by us: a message that begins so is of another severity. */
function head(line: string, severity: Severity, terminal: Terminal): string {
	const isSevere = severity === "error" || severity === "warning";
	return wrap(line, terminal.columns, 2).replace(/^(abdicate: )(error|warning)(\[\w+\])?/, (whole, us: string, word: string, code = "") =>
		isSevere ? `${us}${paint(terminal, word === "error" ? "bad" : "warning", word)}${paint(terminal, "dim", code)}` : whole,
	);
}

function below(line: string, terminal: Terminal): string {
	if (/^ {4} *\^$/.test(line)) {
		return line.replace("^", paint(terminal, "bad", "^"));
	}
	return line.startsWith("    ") || !isProse(line) ? line : wrap(line, terminal.columns, 4);
}

/** What may be a command, a key or a value is not broken: whoever pastes it would paste the break. */
function isProse(line: string): boolean {
	return !/(?:^|\s)-{1,2}\w|[={}[\]|<>$`]|^ *(?:abdicate|docker|kubectl|podman|mount|chown|chmod|sysctl|RUN|ENTRYPOINT|CMD|USER)\b/.test(
		line,
	);
}
