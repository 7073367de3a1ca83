/** What is longer is no word. */
const longest = 64;

/** The known word nearest to `word`, when it is near enough to be a slip of the keyboard. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
	if (word.length > longest) {
		return undefined;
	}
	let best: string | undefined;
	let bestDistance = Math.max(1, Math.floor(word.length * 0.4)) + 1;
	for (const candidate of known) {
		// As many letters have to be added or removed at least.
		if (Math.abs(word.length - candidate.length) >= bestDistance) {
			continue;
		}
		const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
		if (distance < bestDistance && !isOpposite(word.toLowerCase(), candidate.toLowerCase(), distance)) {
			best = candidate;
			bestDistance = distance;
		}
	}
	return best;
}

const negation = /(^|[_-])(?:not?|non|never|without|disable|un|u(?=mount))[_-]?/;

/** Whether one is nearer to the other without its negation: who asks for the one must not be told to write the other. */
function isOpposite(word: string, candidate: string, distance: number): boolean {
	return [
		[word, candidate],
		[candidate, word],
	].some(([negated = "", other = ""]) => {
		const plain = negated.replace(negation, "$1");
		return plain !== negated && editDistance(plain, other) < distance;
	});
}

/** ` did you mean "x"?` or nothing, ready to be put after a message. */
export function suggestion(word: string, known: Iterable<string>): string {
	const best = nearest(word, known);
	return best === undefined ? "" : `; did you mean "${best}"?`;
}

/** Two letters in the wrong order are one slip. */
function editDistance(left: string, right: string): number {
	let row = Array.from({ length: right.length + 1 }, (_, index) => index);
	let before = row;
	for (let i = 1; i <= left.length; i++) {
		const next = [i];
		for (let j = 1; j <= right.length; j++) {
			const substitution = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
			const isSwapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
			const swap = isSwapped ? (before[j - 2] ?? 0) + 1 : substitution;
			next.push(Math.min(substitution, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
		}
		[before, row] = [row, next];
	}
	return row[right.length] ?? 0;
}
