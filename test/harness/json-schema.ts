import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";

const folder = join(import.meta.dirname, "../../docs/reference/json");
/** All of them, so that one may refer to another by its file. */
const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
for (const file of readdirSync(folder)) {
	ajv.addSchema(JSON.parse(readFileSync(join(folder, file), "utf8")), file);
}

/** The published forms: `docs/reference/json/NAME.schema.json`. */
export const published: readonly string[] = readdirSync(folder).map((file) => file.replace(/\.schema\.json$/, ""));

/** What a published schema has against a value; nothing where it has that form. */
export function schemaErrors(name: string, value: unknown): readonly string[] {
	const validate = ajv.getSchema(`${name}.schema.json`);
	if (validate === undefined) {
		throw new Error(`docs/reference/json/${name}.schema.json does not exist`);
	}
	validate(value);
	return (validate.errors ?? []).map(
		({ instancePath, message = "", params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
	);
}

/** Each line of a log in JSON, of which each has to have its form. */
export function logLines(text: string): readonly Readonly<Record<string, unknown>>[] {
	const lines = text.split("\n").slice(0, -1);
	if (!text.endsWith("\n") && text !== "") {
		throw new Error(`the last line has no end: ${text}`);
	}
	return lines.map((line) => {
		const value = JSON.parse(line);
		const errors = schemaErrors("log", value);
		if (errors.length > 0) {
			throw new Error(`${line}\n${errors.join("\n")}`);
		}
		return value;
	});
}
