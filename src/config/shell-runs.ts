/** Of a shell script what each start as root comes by, by its lines or what `;` and `&&` part; undefined is text. What is in a function may never be called. */
export function runsOf(lines: readonly string[]): readonly (boolean | undefined)[] {
	const open: boolean[] = [];
	let [end, before] = ["", ""];
	return lines.map((line) => {
		const text = line.trim();
		if (end !== "") {
			end = text === end ? "" : end;
			return undefined;
		}
		end = /<<-?\s*["'\\]?(\w+)/.exec(text)?.[1] ?? "";
		if (/^(?:(?:if|case|for|while|until)\b(?!.*;\s*(?:fi|esac|done)\b)|(?:function\s|[\w-]+\s*\(\))(?!.*\}$)|\{$)/.test(text)) {
			open.push(text === "{" || /^if\b.*\bid -u\b(?!.*(?:!=|-ne))/.test(text));
		} else if (/^(?:fi|esac|done|\})/.test(text)) {
			open.pop();
		} else if (open.length > 0 && /^el(?:se|if)\b/.test(text)) {
			open[open.length - 1] = false;
		}
		const isSure = !open.includes(false) && !(text.startsWith("&&") && /^(?:&& *)?(?:\[|test |! )(?!.*\bid -u)/.test(before));
		before = text;
		return isSure;
	});
}
