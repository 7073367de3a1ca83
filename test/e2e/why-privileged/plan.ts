import { resolve } from "node:path";
import { runHouse } from "../../harness/house/run.ts";
import { servers } from "../harness/images.ts";

export const folder = resolve("docs/why-privileged");

/** What `plan --format docker` prints for each file of the page, by its name: flags, then what comments say of them. */
export async function plannedFlags(names: readonly string[]): Promise<Record<string, string[]>> {
	const half = Math.ceil(names.length / 2);
	const halves = await Promise.all([names.slice(0, half), names.slice(half)].map(planOf));
	return Object.assign({}, ...halves);
}

async function planOf(names: readonly string[]): Promise<Record<string, string[]>> {
	const script = `for name in ${names.join(" ")}; do echo "$name"; /abdicate plan --format docker /jobs/$name.yaml -- true 2>&1; printf '\\0'; done`;
	const { stdout } = await runHouse({
		image: servers,
		entrypoint: "sh",
		args: ["-c", script],
		volumes: [`${folder}:/jobs:ro`],
		caps: { add: ["ALL"] },
	});
	const answers = stdout.split("\0").filter((each) => each !== "");
	return Object.fromEntries(answers.map((each) => each.trimEnd().split("\n")).map(([name = "", ...lines]) => [name, lines]));
}
