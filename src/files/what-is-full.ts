import type { Problem } from "../report/problem.ts";
import { shellWord } from "../report/shell.ts";
import { quoted } from "../report/text.ts";
import { bytesText } from "../report/units.ts";
import { yamlQuoted } from "../report/yaml.ts";
import { AT, O } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { mountAt } from "./mountinfo.ts";

/** Which file system a path lies on, what of it is used up, as the rest of a sentence about it, and where to make room. `undefined` where that is not told. */
export function whatIsFull(reads: Reads, path: string): Problem | undefined {
	const mount = mountAt(reads, path);
	if (mount === undefined) {
		return undefined;
	}
	const { point, type } = mount;
	const kept = mount.options.split(",").filter((each) => /^(?:mode|uid|gid|mpol|huge)=/.test(each));
	const space = spaceAt(reads, point);
	const isOfEntries = space !== undefined && space[2] > 0 && space[3] === 0;
	return {
		message: `it is mounted at ${quoted(point)} (${type}${space === undefined ? "" : `, ${isOfEntries ? `all of its ${space[2]} inodes are used` : sizeText(space)}`})`,
		remedy:
			space === undefined
				? undefined
				: [
						...more(point, type, space, isOfEntries, mount.flags.includes("noexec") ? kept : ["exec", ...kept]),
						isOfEntries ? `or fewer files there (df -i ${shellWord(point)})` : `or less there (df -h ${shellWord(point)}, du)`,
					],
	};
}

function sizeText([size, free]: Space): string {
	return `${bytesText(size)} in all, ${free > 0 ? `${bytesText(free)} free now that what was unfinished is gone` : "nothing free"}`;
}

/** What a container has of its machine is in the layers of the root. */
function more(point: string, type: string, [size, , entries]: Space, isOfEntries: boolean, kept: readonly string[]): string[] {
	if (type === "tmpfs") {
		const option = isOfEntries ? `nr_inodes=${2 * entries}` : `size=${Math.ceil((2 * size) / 1024)}k`;
		const value = `${point}:${[option, ...kept].join(",")}`;
		return [
			`twice as much, say: docker run --tmpfs ${shellWord(value)} ... | compose: tmpfs: [${yamlQuoted(value)}] | kubernetes: sizeLimit of the emptyDir | of a mount step: options: [${option}]`,
		];
	}
	return type === "overlay" && point === "/"
		? ["make room on the machine, where containers lie: docker system df"]
		: isOfEntries
			? ["a file system that was made with more inodes"]
			: ["a larger volume"];
}

type Space = Exclude<ReturnType<Reads["space"]>, number>;

function spaceAt(reads: Reads, directory: string): Space | undefined {
	const fd = reads.openRead(AT.FDCWD, directory, O.PATH, 0);
	const space = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.space(fd));
	return typeof space === "number" ? undefined : space;
}
