import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { integer, oneOrMany, path, textLike, understood } from "../../../src/config/fields.ts";
import { mapping, optional, orShort, record, required } from "../../../src/config/mapping.ts";
import { SchemaWriter } from "../../../src/tools/schema/json-schema.ts";
import type { Json } from "../../../src/tools/schema/json-schema-forms.ts";

const interpolated = { $ref: "#/$defs/interpolated" };

function write(schema: v.GenericSchema): Json {
	return new SchemaWriter({ describe: (key) => (key === "a" ? "The first." : undefined), constraints: { "": { minProperties: 1 } } }).write(
		schema,
		"",
	);
}

describe("the JSON Schema of", () => {
	it.each<[string, v.GenericSchema, Json]>([
		[
			"a range",
			integer(1, 9),
			{ anyOf: [{ type: "integer", minimum: 1, maximum: 9 }, { type: "string", pattern: expect.any(String) }, interpolated] },
		],
		["a pattern without digits", textLike(/^[a-z]+$/, "x"), { anyOf: [{ type: "string", pattern: "^[a-z]+$" }, interpolated] }],
		[
			"a pattern with digits, which may come as a number",
			textLike(/^[a-z0-9]+$/, "x"),
			{ anyOf: [{ type: "string", pattern: "^[a-z0-9]+$" }, { type: "integer", minimum: 0 }, interpolated] },
		],
		["a pattern in either case", textLike(/^[a-z]+$/i, "x"), { anyOf: [{ type: "string" }, interpolated] }],
		["one or many", oneOrMany(path()), { anyOf: [{ $ref: "#/$defs/path" }, { type: "array", items: { $ref: "#/$defs/path" } }] }],
		["what only we can read", understood("x", (value) => value), {}],
		["what the library alone can read", v.custom<string>(() => true), {}],
		[
			"what is made into something else",
			v.pipe(
				path(),
				v.transform(() => 1),
			),
			{ $ref: "#/$defs/path" },
		],
		[
			"a record",
			record(v.string(), v.boolean(), "x") as v.GenericSchema,
			{ type: "object", propertyNames: { type: "string" }, additionalProperties: { anyOf: [{ type: "boolean" }, interpolated] } },
		],
	])("%s", (_, schema, expected) => {
		expect(write(schema)).toEqual(expected);
	});

	it("a mapping: its keys, what is needed, their texts and defaults, and which go together", () => {
		const fields = { a: required(path), b: optional(() => integer(0, 5), 3), c: optional(path, "/") };
		expect(write(mapping(fields))).toEqual({
			type: "object",
			properties: {
				a: { description: "The first.", $ref: "#/$defs/path" },
				b: { default: 3, ...write(integer(0, 5)) },
				c: { default: "/", $ref: "#/$defs/path" },
			},
			required: ["a"],
			additionalProperties: false,
			minProperties: 1,
		});
	});

	it("a short form: the one value, or the mapping", () => {
		const full = mapping({ a: required(path) });
		expect(write(orShort("a", full))).toEqual({ anyOf: [{ $ref: "#/$defs/path" }, write(full)] });
	});
});
