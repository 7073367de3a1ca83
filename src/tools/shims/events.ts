/** The part of node:events that commander uses. */
export class EventEmitter {
	readonly #listeners = new Map<string, ((...args: unknown[]) => void)[]>();

	on(event: string, listener: (...args: unknown[]) => void): this {
		this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
		return this;
	}

	emit(event: string, ...args: unknown[]): boolean {
		const listeners = this.#listeners.get(event) ?? [];
		for (const listener of listeners) {
			listener.apply(this, args);
		}
		return listeners.length > 0;
	}

	listenerCount(event: string): number {
		return this.#listeners.get(event)?.length ?? 0;
	}
}

export default { EventEmitter };
