// Which vectors the native parser answers otherwise than written. Evaluated with `host`, and with `vectors`, a text in JSON.
(() => {
	const outline = (node, withPlaces) => {
		const [at, below] = [withPlaces ? `${node.line}:${node.column}` : "", (each) => outline(each, withPlaces)];
		switch (node.kind) {
			case "scalar":
				return `${at}${node.plain ? " " : "'"}${node.text}`;
			case "sequence":
				return `${at}[${node.items.map(below).join(", ")}]`;
			default:
				return `${at}{${node.entries.map(([key, value]) => `${below(key)}: ${below(value)}`).join(", ")}}`;
		}
	};
	const answer = (parsed, { accepted, at, meaning }) => {
		if (parsed?.kind === "fault") {
			// What was generated may be refused by one parser alone, where YAML has its corners, but not be read in two ways.
			return meaning === undefined ? { fault: parsed.fault, at: at && [parsed.line, parsed.column] } : { meaning, refused: true };
		}
		const tree = (withPlaces) => (parsed === undefined ? null : outline(parsed, withPlaces));
		return accepted ? { accepted } : meaning === undefined ? { tree: tree(true) } : { meaning: tree(false) };
	};
	const all = JSON.parse(vectors);
	const wrong = [];
	let refused = 0;
	for (const vector of all) {
		const { name, text, ...wanted } = vector;
		const given = typeof text === "string" ? text : text.map(([piece, times]) => piece.repeat(times)).join("");
		const { refused: isRefused, ...found } = answer(host.parseYaml(given), vector);
		refused += isRefused ? 1 : 0;
		const same = ["fault", "at", "accepted", "tree", "meaning"].every((key) => JSON.stringify(found[key]) === JSON.stringify(wanted[key]));
		if (!same) {
			wrong.push(`${name}: ${JSON.stringify(text)}\n  is     ${JSON.stringify(found)}\n  wanted ${JSON.stringify(wanted)}`);
		}
	}
	return [`${all.length} ${refused}`, ...wrong].join("\n");
})();
