import { expect, it } from "vitest";
import { jsonForm, timeOf } from "../../../src/report/json-line.ts";
import { openLog } from "../../../src/report/log.ts";
import { verboseForm } from "../../../src/report/verbose-form.ts";

function said(level: number, format: "text" | "json"): string[] {
	const lines: string[] = [];
	const form = format === "json" ? jsonForm({ clockGettime: () => 1_767_225_600_123.4 }) : undefined;
	const log = openLog({ write: (_, text) => lines.push(text) }, { level }, form);
	log.step("changed", () => ["own /data", "3 of 4"]);
	log.note("a note");
	log.warn("a warning");
	log.warn("it failed", { code: "STEP_FAILED", step: "setup[0] own /data", remedy: ["do this"] });
	log.progress("20 entries seen", { step: "setup[0] own /data" });
	return lines;
}

const text = [
	"abdicate: changed  own /data: 3 of 4\n",
	"abdicate: note: a note\n",
	"abdicate: warning: a warning\n",
	"abdicate: warning[STEP_FAILED] setup[0] own /data: it failed\n  do this\n",
	"abdicate: setup[0] own /data: 20 entries seen\n",
];
const time = '{"time":"2026-01-01T00:00:00.123Z",';
const json = [
	`${time}"severity":"info","code":null,"step":"own /data","message":"3 of 4","remedy":[],"state":"changed"}\n`,
	`${time}"severity":"info","code":null,"step":null,"message":"a note","remedy":[]}\n`,
	`${time}"severity":"warning","code":null,"step":null,"message":"a warning","remedy":[]}\n`,
	`${time}"severity":"warning","code":"STEP_FAILED","step":"setup[0] own /data","message":"it failed","remedy":["do this"]}\n`,
	`${time}"severity":"info","code":null,"step":"setup[0] own /data","message":"20 entries seen","remedy":[]}\n`,
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

it("a clock that cannot be asked is no time", () => {
	expect([timeOf({ clockGettime: () => -1 }), timeOf({ clockGettime: () => 0 })]).toEqual([null, "1970-01-01T00:00:00.000Z"]);
});

it("tells how long a step has taken, where that is worth a word", () => {
	const lines: string[] = [];
	const output = { write: (_: number, text: string) => lines.push(text), windowColumns: () => -25, environ: () => [] };
	for (const form of [verboseForm(output), jsonForm({ clockGettime: () => -1 })]) {
		for (const took of [99.9, 100, 1500]) {
			openLog(output, { level: 1 }, form).step("ok", () => ["own /data", "", took]);
		}
	}
	const line = '{"time":null,"severity":"info","code":null,"step":"own /data","message":"","remedy":[],"state":"ok"';
	expect(lines).toEqual([
		"abdicate: ok       own /data\n",
		"abdicate: ok       own /data: in 100 ms\n",
		"abdicate: ok       own /data: in 1.5 s\n",
		`${line}}\n`,
		`${line},"milliseconds":100}\n`,
		`${line},"milliseconds":1500}\n`,
	]);
});
