/** `64 MiB`: in the largest unit that says it exactly. */
export function bytesText(count: number | bigint): string {
	let [number, unit] = [BigInt(count), 0];
	while (number !== 0n && number % 1024n === 0n && unit < units.length - 1) {
		number /= 1024n;
		unit++;
	}
	return `${number} ${number === 1n && unit === 0 ? "byte" : units[unit]}`;
}

const units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;

/** `250 ms`, `1 s`, `1.5 s`, `2 min`, `1 h 30 min`: as it is meant, of what somebody wrote, or about, of what took so long. */
export function durationText(milliseconds: number): string {
	const seconds = milliseconds / 1000;
	if (milliseconds < 1000) {
		return `${Math.round(milliseconds)} ms`;
	}
	if (seconds < 60 || seconds % 60 !== 0) {
		return `${Number(seconds.toFixed(seconds < 10 ? 2 : 1))} s`;
	}
	const minutes = seconds / 60;
	const [hours, left] = [Math.floor(minutes / 60), minutes % 60];
	return [...(hours === 0 ? [] : [`${hours} h`]), ...(left === 0 && hours > 0 ? [] : [`${left} min`])].join(" ");
}
