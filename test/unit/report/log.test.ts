import { expect, it } from "vitest";
import { openLog } from "../../../src/report/log.ts";

function said(level: number, format: "text" | "json"): string[] {
	const lines: string[] = [];
	const log = openLog({ write: (_, text) => lines.push(text) }, { level, format });
	log.step("changed", () => ["own /data", "3 of 4"]);
	log.note("a note");
	log.warn("a warning");
	log.progress("20 entries seen");
	return lines;
}

const text = [
	"abdicate: changed  own /data: 3 of 4\n",
	"abdicate: note: a note\n",
	"abdicate: warning: a warning\n",
	"abdicate: 20 entries seen\n",
];
const json = [
	'{"severity":"info","step":"own /data","state":"changed","detail":"3 of 4"}\n',
	'{"severity":"info","message":"a note"}\n',
	'{"severity":"warning","message":"a warning"}\n',
	'{"severity":"info","message":"20 entries seen"}\n',
];

it.each<[number, "text" | "json", string[]]>([
	[-1, "text", []],
	[0, "text", text.slice(2)],
	[1, "text", text],
	[-1, "json", []],
	[0, "json", json.slice(2)],
	[1, "json", json],
])("level %i in %s: what takes long is no warning", (level, format, lines) => {
	expect(said(level, format)).toEqual(lines);
});
