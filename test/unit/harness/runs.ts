/** `make fuzz` sets it: how many times as many generated inputs as usual. The only place that reads it. */
const factor = Number(process.env["FUZZ"] ?? 1);

/** How many generated inputs a property gets that usually gets so many. */
export function runs(usual: number): number {
	if (!Number.isInteger(factor) || factor < 1) {
		throw new Error(`FUZZ=${process.env["FUZZ"]}: expected how many times as many inputs as usual`);
	}
	return usual * factor;
}
