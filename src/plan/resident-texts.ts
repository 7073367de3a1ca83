import type { ResidentPart, ResidentTexts } from "../departure/resident.ts";
import { type Form, type Line, type LogOptions, textForm } from "../report/log.ts";

/** What stands for them in the end. Behind `\x05` and a number stands what is said of that number alone, behind 127 what is said of any other, and behind 0 what is always. */
const places = {
	...{ "{pid}": "\x01", "{number}": "\x02", "{time}": "\x03" },
	...{
		"{of 4}": "\x05\x04",
		"{of 7}": "\x05\x07",
		"{of 9}": "\x05\t",
		"{of 24}": "\x05\x18",
		"{of 25}": "\x05\x19",
		"{of 31}": "\x05\x1f",
		"{of others}": "\x05\x7f",
		"{of all}": "\x05\0",
	},
};

/** A line as the log has it, ready for who only fills numbers in. */
function ready(form: Form, line: Line): string {
	return Object.entries(places).reduce((each, [name, byte]) => each.replaceAll(name, byte), form(line));
}

/** In front of a text that is about crashes alone. */
const ofCrashes = "\x04";

type Said = Required<Pick<ResidentTexts, "failed" | "refused" | "left" | "unfiltered" | "killed">>;

function textsIn(form: Form): Said {
	const warning = (message: string) => ready(form, { severity: "warning", message });
	return {
		failed: ready(form, {
			severity: "error",
			code: "INIT_FAILED",
			message: "init: it could not be made ready (errno {number}), so the workload does not run",
		}),
		refused: warning("init: signal {number} could not be sent to process {pid}, which belongs to another user; said once"),
		killed: `${ofCrashes}${warning(
			"init: the workload, process {pid}, was ended by signal {number}{of 9}: by the kernel for want of memory (OOMKilled in docker inspect or the Pod, or dmesg), at limits.cpu, or by somebody{of 4}: by an instruction that this processor lacks, or a defect of its own{of 7}: by a mapped file that has no room (/dev/shm: docker run --shm-size 1g) or is shorter, or a defect of its own{of 24}: at limits.cpu{of 25}: at limits.fsize{of 31}: by a seccomp filter, for a call that the machine's audit log names (type=1326){of others}: by a defect of its own{of all}",
		)}`,
		left: warning("init: processes of other users are left, which it cannot signal: grace is not for them, and they were not told"),
		unfiltered: warning("init: the kernel refuses it a filter of its own (errno {number}), which no wall of the workload needs"),
	};
}

/** Made when the engine is prepared. */
const inText = textsIn(textForm);

/** `form` is another than text; `{time}` in it is when a line is said. */
export function residentTexts({ level }: Pick<LogOptions, "level">, form?: Form): ResidentTexts {
	const said = form === undefined ? inText : textsIn(form);
	return level < 0 ? { failed: said.failed } : said;
}

/** What is said of each process that a step has left, by its name, when it has ended. */
export function daemonTexts(
	{ level }: Pick<LogOptions, "level">,
	part: Pick<ResidentPart, "daemons"> | undefined,
	form: Form = textForm,
): ((name: string) => string) | undefined {
	const then = part?.daemons === "terminate" ? "; the workload is told to end" : "";
	return part === undefined || (level < 0 && then === "")
		? undefined
		: (name) =>
				ready(form, {
					severity: "warning",
					message: `init: ${name}, which a step has left running, has ended with status {number}${then}`,
				});
}
