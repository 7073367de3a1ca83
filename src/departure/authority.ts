import { CapabilitySet, type CapabilitySets } from "../capability/set.ts";
import { must } from "../sys/act.ts";
import type { Acts } from "../sys/native.ts";

/** The effective set between start and drop: empty, except for exactly what the step at work needs. */
export class Authority {
	readonly #acts: Acts;
	readonly #permitted: CapabilitySet;
	readonly #inheritable: CapabilitySet;
	#effective: CapabilitySet;

	constructor(acts: Acts, { effective, permitted, inheritable }: CapabilitySets) {
		this.#acts = acts;
		this.#effective = effective;
		this.#permitted = permitted;
		this.#inheritable = inheritable;
	}

	get permitted(): CapabilitySet {
		return this.#permitted;
	}

	/** Runs `work` with these of the permitted capabilities effective, and with none afterwards. */
	with<T>(wanted: CapabilitySet, work: () => T): T {
		this.#raise(wanted.intersection(this.#permitted));
		try {
			return work();
		} finally {
			this.#raise(CapabilitySet.empty);
		}
	}

	/** Puts everything down. */
	rest(): void {
		this.#raise(CapabilitySet.empty);
	}

	#raise(effective: CapabilitySet): void {
		if (!effective.equals(this.#effective)) {
			must(this.#acts, "capset", effective.bits, this.#permitted.bits, this.#inheritable.bits);
			this.#effective = effective;
		}
	}
}
