import { type Diagnostic, Failure } from "./failure.ts";

/** Thrown where something is asked for that could not be found out. The reason has been told already; this adds nothing to it. */
export class Consequence extends Error {}

/** Keeps what goes wrong, so that all of it is told at once and not one thing at a time. */
export class Attempts {
	readonly #told: Diagnostic[] = [];
	#consequence: Consequence | undefined;

	/** What the work comes to; `undefined` when it fails. What is neither a failure nor the consequence of one is a defect and ends everything. */
	attempt<T>(work: () => T): T | undefined {
		try {
			return work();
		} catch (error) {
			this.#keep(error);
			return undefined;
		}
	}

	#keep(error: unknown): void {
		if (error instanceof Failure) {
			this.#told.push(...error.diagnostics);
		} else if (error instanceof Consequence) {
			this.#consequence = error;
		} else {
			throw error;
		}
	}

	/** Throws all that was kept, each thing once. A consequence of nothing that was told is a defect. */
	end(): void {
		const [first, ...others] = this.#told.filter((each, index) => this.#told.findIndex((other) => isSame(each, other)) === index);
		if (first !== undefined) {
			throw new Failure(first, ...others);
		}
		if (this.#consequence !== undefined) {
			throw this.#consequence;
		}
	}
}

function isSame(left: Diagnostic, right: Diagnostic): boolean {
	return left.code === right.code && left.where === right.where && left.message === right.message;
}

function fail(): never {
	throw new Consequence();
}

/** Of a value of which parts are not known: whoever asks for one of those fails in consequence. */
export function withUnknown<T extends object>(known: Partial<T>, ...unknown: readonly (keyof T)[]): T {
	return Object.defineProperties(known, Object.fromEntries(unknown.map((key) => [key, { enumerable: true, get: fail }]))) as T;
}
