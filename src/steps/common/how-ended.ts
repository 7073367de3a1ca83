import { signalName } from "../../config/signal-number.ts";
import { hierarchies } from "../../confine/cgroup/levels.ts";
import { otherSeccomp } from "../../report/other-profile.ts";
import type { Problem } from "../../report/problem.ts";
import { bytesText } from "../../report/units.ts";
import type { Reads } from "../../sys/native.ts";
import { readSmallFile } from "../../sys/observe.ts";
import { endingSignal, exitStatus } from "../../sys/wait-status.ts";

/** A program writes to the log itself, and before it ends. */
const itsWords = {
	inherit: "what it printed, further up in this log, says why, if anything does",
	discard: "output: inherit, which is the default, shows what it prints",
} as const;
const [KILL, shellSignals] = [9, 128];
/** Version 1 has a number for no limit that no machine has. */
const unlimited = 1_000_000_000_000_000;

/** What a signal that ends a program says of it. signal(7) */
const signals: Readonly<Record<string, readonly [message: string, ...remedy: string[]]>> = {
	ILL: ["it has an instruction that this processor does not know: built for a newer or another one"],
	ABRT: ["it gave up by itself, mostly with a reason in its own output"],
	BUS: [
		"it read what is not there: a file that was cut meanwhile, or a full /dev/shm",
		"docker run --shm-size N ... if it uses shared memory",
	],
	FPE: ["it divided by zero"],
	SEGV: ["it is a defect of the program or of a library of another version"],
	PIPE: ["it wrote to what nobody reads any more"],
	SYS: [
		"a seccomp filter ends whoever makes a system call that it does not know",
		`the machine's audit log names the call (type=1326, syscall=N); a filter that allows it: ${otherSeccomp}`,
	],
	XCPU: ["it has used the time of RLIMIT_CPU", "docker run --ulimit cpu=-1"],
	XFSZ: ["it wrote a file larger than RLIMIT_FSIZE", "docker run --ulimit fsize=-1"],
};

export interface Ended extends Problem {
	/** With a status that is its own, and tells nothing to others. */
	readonly isByItself: boolean;
}

/** How a program of a step has ended, as the end of a sentence, with what is known of why. */
export function howEnded(reads: Reads, status: number, output: keyof typeof itsWords = "inherit"): Ended {
	const exited = exitStatus(status);
	if (exited === undefined) {
		const { message, remedy } = whySignal(reads, endingSignal(status));
		return { message: `was ended by ${message}`, remedy, isByItself: false };
	}
	if (exited > shellSignals && exited <= shellSignals + 31) {
		const { message, remedy } = whySignal(reads, exited - shellSignals);
		return { message: `exited ${exited}, as shells do when what they ran was ended by ${message}`, remedy, isByItself: false };
	}
	const custom =
		exited === 127
			? ", as shells do when a program is not there, and a dynamic loader when a library is not"
			: exited === 126
				? ", as shells do when a program cannot be executed"
				: "";
	return { message: `exited ${exited}${custom}`, remedy: [itsWords[output]], isByItself: custom === "" };
}

function whySignal(reads: Reads, signal: number): Problem {
	const name = `SIG${signalName(signal)}`;
	if (signal === KILL) {
		const { message, remedy } = whyKilled(reads);
		return { message: `${name}: ${message}`, remedy };
	}
	const [message, ...remedy] = signals[signalName(signal)] ?? [];
	return { message: message === undefined ? name : `${name}: ${message}`, remedy };
}

/** What the cgroup of this process has counted since it was made, mostly when the container was. cgroups(7) */
function whyKilled(reads: Reads): Problem {
	const found = hierarchies(reads, "self")("memory");
	const [own = ""] = found?.levels ?? [];
	const read = (name: string) => {
		const text = found === undefined ? "" : readSmallFile(reads, `${own}/${name}`);
		return typeof text === "string" ? text : "";
	};
	const isFirst = found?.version === 1;
	const count = /^oom_kill ([0-9]+)$/m.exec(read(isFirst ? "memory.oom_control" : "memory.events"))?.[1];
	if (count === undefined) {
		return {
			message: "by the kernel for want of memory, or by somebody; the cgroup of this container, which would tell, cannot be seen",
			remedy: ["dmesg of the machine names whom the kernel ended for want of memory"],
		};
	}
	if (count === "0") {
		return { message: "somebody sent it; the kernel has ended nothing in this container for want of memory" };
	}
	const limit = Number(read(isFirst ? "memory.limit_in_bytes" : "memory.max"));
	const isLimited = limit > 0 && limit < unlimited;
	const limited = isLimited ? `, of which this container may use ${bytesText(limit)}` : "";
	const twice = Math.ceil((2 * limit) / 1_048_576);
	const times = count === "1" ? "a process" : `${count} processes`;
	return {
		message: `the kernel has ended ${times} of this container for want of memory${limited}`,
		remedy: [
			isLimited
				? `twice as much, say: docker run --memory ${twice}m ... | compose: mem_limit: ${twice}m | kubernetes: resources.limits.memory: ${twice}Mi`
				: "this container has no limit of its own: let it use less, or give the machine, or the group that it is in, more",
		],
	};
}
