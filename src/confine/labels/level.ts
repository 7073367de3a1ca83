/**
 * A level or range as the kernel says it: one that begins and ends alike is a level, categories stand in their order, and three or more in a row are
 * `c0.c2`. What has another form is the policy's own, and stays. mls_sid_to_context() of the kernel
 */
export function canonicalLevel(level: string): string {
	const both = level.split("-").map(canonicalEnd);
	return both.length === 2 && both[0] === both[1] ? (both[0] as string) : both.join("-");
}

function canonicalEnd(level: string): string {
	const [sensitivity, categories, ...more] = level.split(":");
	if (categories === undefined || more.length > 0 || !/^c(?:0|[1-9]\d{0,3})(?:[.,]c(?:0|[1-9]\d{0,3}))*$/.test(categories)) {
		return level;
	}
	const numbers = numbersOf(categories);
	return numbers.length === 0 ? level : `${sensitivity}:${grouped(numbers).join(",")}`;
}

function numbersOf(categories: string): number[] {
	const all = categories.split(",").flatMap((each) => {
		const [first = 0, last = first] = each.split(".").map((name) => Number(name.slice(1)));
		return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
	});
	return [...new Set(all)].sort((left, right) => left - right);
}

function grouped(numbers: readonly number[]): string[] {
	const runs: [first: number, last: number][] = [];
	for (const number of numbers) {
		const run = runs.at(-1);
		if (run?.[1] === number - 1) {
			run[1] = number;
		} else {
			runs.push([number, number]);
		}
	}
	return runs.map(([first, last]) => (first === last ? `c${first}` : `c${first}${last - first === 1 ? "," : "."}c${last}`));
}
