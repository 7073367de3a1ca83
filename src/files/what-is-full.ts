import type { Problem } from "../report/problem.ts";
import { shellWord } from "../report/shell.ts";
import { quoted } from "../report/text.ts";
import { bytesText } from "../report/units.ts";
import { yamlQuoted } from "../report/yaml.ts";
import { AT, O } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { mountAt } from "./mountinfo.ts";

/**
 * Which file system a path lies on, what of it is used up, as the rest of a sentence about it, and where to make room for what was to be written.
 * `undefined` where that is not told.
 */
export function whatIsFull(reads: Reads, path: string, bytes = 0): Problem | undefined {
	const mount = mountAt(reads, path);
	if (mount === undefined) {
		return undefined;
	}
	const { point, type } = mount;
	const kept = mount.options.split(",").filter((each) => /^(?:mode|uid|gid|mpol|huge)=/.test(each));
	const space = spaceAt(reads, point);
	// What was unfinished is gone by now, and with it what it took of these.
	const isOfEntries = space !== undefined && space[2] > 0 && (space[3] === 0 || (bytes > 0 && space[1] > 2 * bytes));
	return {
		message: `it is mounted at ${quoted(point)} (${type}${space === undefined ? "" : `, ${isOfEntries ? entriesText(space) : sizeText(space)}`})${
			bytes > 0 && !isOfEntries ? `, and ${bytesText(inKibibytes(bytes))} were to be written` : ""
		}`,
		remedy:
			space === undefined
				? undefined
				: [
						...more(point, type, [space, bytes], isOfEntries, mount.flags.includes("noexec") ? kept : ["exec", ...kept]),
						isOfEntries ? `or fewer files there (df -i ${shellWord(point)})` : `or less there (df -h ${shellWord(point)}, du)`,
					],
	};
}

function sizeText([size, free]: Space): string {
	return `${bytesText(size)} in all, ${free > 0 ? `${bytesText(free)} free now that what was unfinished is gone` : "nothing free"}`;
}

function entriesText([, , all, free]: Space): string {
	return free === 0 ? `all of its ${all} inodes are used` : `there is room for the content, so that its ${all} inodes are too few`;
}

function inKibibytes(bytes: number): number {
	return Math.ceil(bytes / 1024) * 1024;
}

/** What a container has of its machine is in the layers of the root. */
function more(
	point: string,
	type: string,
	[[size, free, entries], bytes]: [Space, bytes: number],
	isOfEntries: boolean,
	kept: readonly string[],
): string[] {
	if (type === "tmpfs") {
		const enough = Math.max(2 * size, size - free + 2 * bytes);
		const option = isOfEntries ? `nr_inodes=${2 * entries}` : `size=${inKibibytes(enough) / 1024}k`;
		const value = `${point}:${[option, ...kept].join(",")}`;
		return [
			`more, say: docker run --tmpfs ${shellWord(value)} ... | compose: tmpfs: [${yamlQuoted(value)}] | kubernetes: sizeLimit of the emptyDir | of a mount step: options: [${option}]`,
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
