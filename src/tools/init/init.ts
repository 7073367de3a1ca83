import { isRegular, notRegular, typeOf } from "../../files/kind.ts";
import { fail } from "../../report/failure.ts";
import { shellWord } from "../../report/shell.ts";
import { printable, quoted } from "../../report/text.ts";
import { AT, O, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import { writeNewFile } from "../rewrite/new-file.ts";
import { firstFile } from "./first-file.ts";
import { type Image, imageLimit, readImage, silentImage } from "./image.ts";
import { lookAt, nowhere } from "./place.ts";

export interface InitOptions {
	readonly root?: string;
	readonly output?: string;
}

/** Prints a first file, or writes it where nothing is. Of an image that says nothing, the place that is looked at speaks alone. */
export function init(host: Host, given: string | undefined, { root, output }: InitOptions): void {
	if (given === undefined && root === undefined && isGivenText(host)) {
		fail("USAGE", "something is on standard input, which is only read for -", {
			remedy: ["docker inspect IMAGE | abdicate init -", "abdicate init --root /, for the image that this runs in"],
		});
	}
	const image = given === undefined ? silentImage : imageOf(host, given);
	const looked = root ?? (given === undefined ? "/" : undefined);
	const place = looked === undefined ? nowhere : lookAt(host, looked, image);
	const sources = [
		...(given === undefined ? [] : [given === "-" ? "standard input" : quoted(given)]),
		...(looked === undefined ? [] : [quoted(looked)]),
	];
	const text = firstFile(image, place, sources.join(" and "));
	if (output === undefined) {
		host.write(1, text);
	} else {
		writeNewFile(host, output, text);
		host.write(1, `${printable(output)}\n`);
	}
}

/** By a pipe, or out of a file. */
function isGivenText(host: Host): boolean {
	const stat = host.fstat(0);
	return typeof stat !== "number" && (typeOf(stat) === S.IFIFO || (isRegular(stat) && stat.size > 0));
}

function imageOf(reads: Reads, given: string): Image {
	if (given === "-") {
		return readImage(contentOf(reads, 0, "standard input"), "standard input");
	}
	const stat = reads.statat(AT.FDCWD, given, 0);
	if (typeof stat !== "number" && !isRegular(stat)) {
		fail("IMAGE_UNKNOWN", notRegular(stat).message, { where: given, remedy: ["docker inspect IMAGE | abdicate init -"] });
	}
	const fd = typeof stat === "number" ? stat : reads.openRead(AT.FDCWD, given, O.RDONLY | O.NONBLOCK | O.NOCTTY, 0);
	return fd < 0 ? refuse(given, fd) : withDescriptor(reads, fd, () => readImage(contentOf(reads, fd, given), given));
}

function contentOf(reads: Reads, fd: number, where: string): string {
	const text = reads.readAll(fd, imageLimit);
	return typeof text === "string" ? text : refuse(where, text);
}

function refuse(where: string, code: number): never {
	if (code === -errno.EFBIG) {
		fail("IMAGE_UNKNOWN", `larger than ${imageLimit / 1024} KiB`, { where });
	}
	const { message, remedy } = errnoText("open", code);
	const isName = code === -errno.ENOENT && /^\w[\w.:/@-]*$/.test(where);
	fail("IMAGE_UNKNOWN", isName ? "there is no such file; of an image, init reads what inspect prints" : `cannot be read: ${message}`, {
		where,
		remedy: isName
			? [`docker inspect ${shellWord(where)} | abdicate init -`, `skopeo inspect --config docker://${shellWord(where)} | abdicate init -`]
			: remedy,
	});
}
