import { lackOf, observeWithheld } from "../capability/withheld.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { pendingStop, refuseToGoOn } from "../steps/common/stop-signals.ts";
import type { Child } from "../steps/step.ts";
import { must } from "../sys/act.ts";
import { POLL, SIG } from "../sys/constants.ts";
import type { Host } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import { command, type Report } from "./messages.ts";
import { adoptOrphans } from "./orphans.ts";

const sliceMs = 50;
const graceMs = 1000;
/** A container runtime waits ten seconds before it kills. */
const stopGraceMs = 5000;
/** The keeper ends all in less, or gives it up. */
const keeperMs = 15_000;
const mostAtOnce = 65_536;

export interface Kept {
	/** What is said of it. */
	readonly name: string;
	/** Its pid. */
	readonly keeper: number;
	/** Reports, until the keeper has ended. */
	readonly report: number;
	/** Closing it ends everything. */
	readonly control: number;
	/** Held here as well, so that a word to a keeper that is gone raises no SIGPIPE. pipe(7) */
	readonly controlEnd: number;
	readonly background: boolean;
	readonly keepsOrphans: boolean;
	/** Ends what has become the run's own; returns the names of those who cannot be ended. */
	readonly endOrphans: () => readonly string[];
}

/** A program of a step, by the keeper that watches over it and all that it starts. */
export function keptChild(host: Host, kept: Kept): Child {
	return new KeptChild(host, kept);
}

class KeptChild implements Child {
	readonly #host: Host;
	readonly #kept: Kept;
	#text = "";
	#told: Report = {};
	#isOver = false;
	#isControlled = true;

	constructor(host: Host, kept: Kept) {
		this.#host = host;
		this.#kept = kept;
	}

	get left(): readonly string[] {
		return this.#told.left ?? [];
	}

	wait(timeoutMs: number): number | undefined {
		const { background } = this.#kept;
		this.#listen(timeoutMs, () => this.#told.ended !== undefined || pendingStop(this.#host) !== undefined);
		this.#endWhenTold();
		const { ended } = this.#told;
		if (!this.#isOver && (ended === undefined || (background && ended === 0))) {
			return ended;
		}
		this.#listen(keeperMs, () => false);
		this.#judge();
		return ended;
	}

	stop(): void {
		this.#end(SIG.TERM, graceMs);
	}

	letGo(): void {
		if (!this.#isOver) {
			// From here on they are nobody's of ours, unless an init is to watch them. PR_SET_CHILD_SUBREAPER(2const)
			adoptOrphans(this.#host, this.#kept.keepsOrphans);
			command(this.#host, this.#kept.control, "go");
			this.#listen(keeperMs, () => false);
			this.#judge();
		}
	}

	/** A signal that stops the start goes to the program first. */
	#endWhenTold(): void {
		const came = this.#isOver ? undefined : pendingStop(this.#host);
		if (came !== undefined) {
			this.#end(came.signal, stopGraceMs);
			refuseToGoOn(this.#host);
		}
	}

	#end(signal: number, patienceMs: number): void {
		if (this.#isOver) {
			return;
		}
		if (this.#told.ended === undefined) {
			command(this.#host, this.#kept.control, { signal });
			this.#listen(patienceMs, () => this.#told.ended !== undefined);
		}
		this.#closeControl();
		// A program of root may have stopped it.
		this.#host.kill(this.#kept.keeper, SIG.CONT);
		this.#listen(keeperMs, () => false);
		this.#requireEnded();
	}

	/** The end of the keeper, and what it says of the program. */
	#judge(): void {
		this.#requireEnded();
		const [message, ...remedy] = this.#told.failed ?? [];
		if (message !== undefined) {
			fail("STEP_FAILED", message, { remedy });
		}
	}

	/**
	 * Nothing goes on beside the workload that nobody watches over. A program of root can end its keeper, and what it has started is
	 * the run's for that case, which is over now.
	 */
	#requireEnded(): void {
		const { name, keeper, endOrphans } = this.#kept;
		const isLost = !this.#isOver || this.#reap() !== 0;
		if (!this.#isOver) {
			this.#host.kill(keeper, SIG.KILL);
			this.#isOver = true;
		}
		const stuck = isLost ? endOrphans() : (this.#told.stuck ?? []);
		if (stuck.length > 0) {
			fail("PROCESS_LEFT", `${quoted(name)} has started what cannot be ended: ${stuck.join(", ")}`, {
				remedy: [
					"when these are processes of another user, ending them takes KILL: capabilities: [..., KILL] of the step",
					...lackOf(["KILL"], observeWithheld(this.#host)).remedy,
				],
			});
		}
		adoptOrphans(this.#host, this.#kept.keepsOrphans);
		if (isLost) {
			fail("PROCESS_LEFT", `${quoted(name)} has ended the process that watches over it`);
		}
	}

	/** The keeper's wait status. */
	#reap(): number {
		const [, status] = must(this.#host, "waitpid", this.#kept.keeper, 0) as [number, number];
		return status;
	}

	#closeControl(): void {
		if (this.#isControlled) {
			this.#host.close(this.#kept.control);
			this.#host.close(this.#kept.controlEnd);
			this.#isControlled = false;
		}
	}

	/** Takes in what the keeper tells until it has ended, `isEnough`, or time is over. */
	#listen(timeoutMs: number, isEnough: () => boolean): void {
		const host = this.#host;
		const { report } = this.#kept;
		const deadline = host.clock() + timeoutMs;
		while (!this.#isOver) {
			const rest = Math.max(0, deadline - host.clock());
			const ready = host.poll([[report, POLL.IN]], Math.min(sliceMs, rest));
			const isQuiet = typeof ready === "number" || ready.length === 0;
			if (!isQuiet) {
				this.#take(mustRead("read", host.read(report, mostAtOnce)));
			}
			if (isEnough() || (rest === 0 && isQuiet)) {
				return;
			}
		}
	}

	#take(text: string): void {
		if (text === "") {
			this.#isOver = true;
			this.#closeControl();
			this.#host.close(this.#kept.report);
			return;
		}
		const lines = (this.#text + text).split("\n");
		this.#text = lines.pop() ?? "";
		for (const line of lines) {
			this.#told = { ...this.#told, ...(JSON.parse(line) as Report) };
		}
	}
}
