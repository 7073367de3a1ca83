import { mostInstructions } from "../../../confine/seccomp/instruction.ts";
import type { PlanFilter } from "../../../departure/request.ts";
import { isRegular } from "../../../files/kind.ts";
import { bytesOfText } from "../../../report/bytes.ts";
import { fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import { AT, O } from "../../../sys/constants.ts";
import { errnoText } from "../../../sys/errno-meaning.ts";
import type { Errno, Reads } from "../../../sys/native.ts";
import { mustRead, withDescriptor } from "../../../sys/observe.ts";

const where = "--seccomp-filter";
/** struct sock_filter */
const instructionSize = 8;
/** SECCOMP_FILTER_FLAG_SPEC_ALLOW, which older kernels lack. */
const leavesSpeculation = 4;

/** A program as it lies in memory, of the machine's own byte order. The kernel judges it. seccomp(2) */
export function filterOf(file: string, reads: Reads): PlanFilter {
	const bytes = bytesOfText(readFilter(file, reads));
	if (bytes.length === 0 || bytes.length % instructionSize !== 0) {
		fail("SECCOMP_PROFILE_SYNTAX", `${quoted(file)} is no compiled filter: ${bytes.length} bytes are no whole instructions`, {
			where,
			remedy: [
				"the program itself in binary, as seccomp_export_bpf(3) writes it; profiles in JSON are what seccomp: in a configuration takes",
			],
		});
	}
	const program = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
	const filter = { profile: file, program, flags: 0, optionalFlags: leavesSpeculation, summary: file, explains: true };
	return () => filter;
}

function readFilter(file: string, reads: Reads): string {
	const fd = reads.openRead(AT.FDCWD, file, O.RDONLY | O.NONBLOCK | O.NOCTTY, 0);
	if (fd < 0) {
		refuse(file, "open", fd);
	}
	return withDescriptor(reads, fd, () => {
		const content = isRegular(mustRead("fstat", reads.fstat(fd))) ? reads.readAll(fd, mostInstructions * instructionSize) : "";
		return typeof content === "number" ? refuse(file, "read", content) : content;
	});
}

function refuse(file: string, call: "open" | "read", code: Errno): never {
	const { message, remedy } = errnoText(call, code);
	return fail("CONFIG_UNREADABLE", `${quoted(file)}: ${message}`, { where, remedy });
}
