import { describe, expect, it } from "vitest";
import { formOf } from "../../../src/config/form.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { loadSteps, stepKinds } from "../../../src/steps/index.ts";
import type { YamlNode } from "../../../src/sys/native.ts";
import { plainPath } from "../../../src/tools/check/lint/pattern-rules.ts";
import { scalarsOf } from "../../../src/tools/check/lint/scalars.ts";
import { writeSchema } from "../../../src/tools/schema/schema.ts";

type Part = { readonly [key: string]: unknown };

/** The keys at which the JSON Schema, which is made of the same fields, takes a path. */
function pathKeys(part: Part, key: string): string[] {
	const inner = [...((part["anyOf"] as Part[] | undefined) ?? []), ...(part["items"] === undefined ? [] : [part["items"] as Part])];
	const properties = Object.entries((part["properties"] as Record<string, Part> | undefined) ?? {});
	return [
		...(part["$ref"] === "#/$defs/path" ? [key] : []),
		...inner.flatMap((each) => pathKeys(each, key)),
		...properties.flatMap(([name, each]) => pathKeys(each, key === "" || key === "setup" ? name : `${key}.${name}`)),
	];
}

/** Every field of paths, with a pattern in it. */
const everywhere = `
groups: { from_path: /p* }
workdir: /p*
home: /p*
seccomp: { profile: /p* }
landlock: { read: [/p*], execute: /p*, write: [/p*] }
cgroup: { io: [{ device: /p*, read_bps: 1 }] }
paths: { masked: [/p*], read_only: /p*, except: /p* }
setup:
- own: { path: /p* }
- chmod: { path: [/p*], mode: "0700" }
- remove: { path: /p* }
- mkdir: { path: /p* }
- copy: { from: /p*, to: /p* }
- file: { path: /p*, template: /p*, from: /p* }
- secret: { path: /p*, from: { file: /p* } }
- link: { path: /p*, to: p* }
- mount: { type: bind, source: /p*, target: /p* }
- fuse: { target: /p*, command: [x], ready: { file: /p* } }
- device: { path: /p* }
- hooks: { directory: /p* }
- run: { command: [x], cwd: /p*, creates: /p*, ready: { file: /p* } }
- wait_for: { file: /p* }
- require: { device: /p*, mount: /p*, writable: /p* }
- ca_certificates: { bundle: /p*, system: /p*, extra: { paths: /p* } }
- listen: { unix: /p* }
  when: { exists: /p* }
`;

/** A path stands there for a mapping with it. */
const short = ["seccomp", "paths"] as const;

/** Where something looks up what they name: findTrusted, the resolver of groups, and filesOf of ca_certificates. */
const expanded = ["ca_certificates.extra.paths", "chmod.path", "groups.from_path", "own.path", "remove.path"];

describe("LINT_PLAIN_PATH", () => {
	it("is about every field of paths, except those whose patterns are looked up", async () => {
		const schema = await loadSteps(stepKinds);
		const root = parseYaml(everywhere) as YamlNode;
		const inSteps = (key: string) => key.replace(/^setup\./, "");
		const ofForm = (...forms: unknown[]) =>
			scalarsOf(schema, root)
				.filter((each) => forms.includes(formOf(each.schema)))
				.map(({ key }) => inSteps(key));
		const { document } = await writeSchema();
		const all = new Set(pathKeys(document, "").filter((key) => ![...stepKinds, ...short].includes(key as never)));
		expect(new Set(ofForm("path", "pathPattern"))).toEqual(all);
		expect(ofForm("pathPattern").toSorted()).toEqual(expanded);
		const found = plainPath.find({ root } as never).map(({ message }) => /: (?:setup\.)?(\S+) takes/.exec(message)?.[1]);
		const plain = [...all].filter((key) => !expanded.includes(key));
		expect(new Set(found)).toEqual(new Set([...plain, "link.to", "mount.source", "listen.unix"]));
	});
});
