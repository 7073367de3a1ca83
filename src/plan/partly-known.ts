import { Consequence } from "../report/attempts.ts";

/** Variables of which some could not be found out: whoever asks for one of those fails in consequence. */
export class PartlyKnown extends Map<string, string> {
	readonly #isUnknown: (name: string) => boolean;

	constructor(known: ReadonlyMap<string, string>, isUnknown: (name: string) => boolean) {
		super(known);
		this.#isUnknown = isUnknown;
	}

	override get(name: string): string | undefined {
		return super.get(this.#known(name));
	}

	override has(name: string): boolean {
		return super.has(this.#known(name));
	}

	#known(name: string): string {
		if (this.#isUnknown(name)) {
			throw new Consequence();
		}
		return name;
	}
}
