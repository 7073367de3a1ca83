import { fail } from "../../report/failure.ts";
import { suggestion } from "../../report/suggest.ts";
import { quoted } from "../../report/text.ts";
import { settingForm, settingPath } from "../../steps/common/setting-path.ts";
import { capabilitiesIn } from "./capability-words.ts";
import { namedStarts, type WordedStart } from "./named-starts.ts";

type Take = (start: WordedStart, value: string) => WordedStart;

const absolute = (key: string, value: string): string =>
	value.startsWith("/") ? value : fail("USAGE", `${option}: ${key}=${quoted(value)} is not an absolute path`);

const option = "--as";

/** What a word changes; a later one counts from those before. */
const valued: Readonly<Record<string, Take>> = {
	user: (start, user) => ({ ...start, user }),
	groups: (start, list) => ({ ...start, groups: list.split("+").filter((each) => each !== "") }),
	caps: (start, text) => ({ ...start, capabilities: capabilitiesIn(text, start.capabilities, option) }),
	bounding: (start, text) => ({ ...start, bounding: capabilitiesIn(text, start.bounding ?? start.capabilities, option) }),
	fsgroup: (start, group) => ({ ...start, groups: [...start.groups, group], fsGroup: group }),
	device: (start, path) => ({ ...start, devices: [...start.devices, absolute("device", path)] }),
	volume: (start, path) => withVolume(start, absolute("volume", path), "ext4"),
	tmpfs: (start, path) => withVolume(start, absolute("tmpfs", path), "tmpfs"),
	sysctl: (start, setting) => {
		const [, name = "", value = ""] = /^([^=]*)=(.+)$/.exec(setting) ?? [];
		return settingForm.test(name)
			? { ...start, settings: { ...start.settings, [settingPath(name)]: value } }
			: fail("USAGE", `${option}: sysctl=${quoted(setting)} is not NAME=VALUE, such as net.core.somaxconn=4096`);
	},
};

const plain: Readonly<Record<string, (start: WordedStart) => WordedStart>> = {
	"read-only": (start) => ({ ...start, isReadOnly: true }),
	nnp: (start) => ({ ...start, noNewPrivileges: true }),
	"no-devices": (start) => ({ ...start, devices: [] }),
	"low-ports": (start) => ({ ...start, firstFreePort: 0 }),
	"no-seccomp": (start) => ({ ...start, isFiltered: false }),
};

function withVolume(start: WordedStart, path: string, type: "ext4" | "tmpfs"): WordedStart {
	return { ...start, volumes: [...start.volumes, { path, type }] };
}

const wholeStarts = Object.keys(namedStarts).join(", ");
/** To be named where one is misspelt. */
const startWords: readonly string[] = [...Object.keys(namedStarts), ...Object.keys(valued).map((key) => `${key}=`), ...Object.keys(plain)];

/** `kubernetes-restricted,read-only` or `user=1000,caps=none`: a whole start first, else Docker's, and what is otherwise. */
export function parseStart(text: string): WordedStart {
	const [first = "", ...others] = text.split(",");
	const named = Object.hasOwn(namedStarts, first) ? namedStarts[first] : undefined;
	const docker = namedStarts["docker"] as WordedStart;
	return (named === undefined ? [first, ...others] : others).reduce(taken, named ?? docker);
}

function taken(start: WordedStart, word: string): WordedStart {
	const equals = word.indexOf("=");
	const [key, value] = equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
	const take = Object.hasOwn(valued, key) ? valued[key] : undefined;
	if (take !== undefined) {
		return value === undefined || value === "" ? fail("USAGE", `${option}: ${key} needs a value: ${key}=...`) : take(start, value);
	}
	const change = value === undefined && Object.hasOwn(plain, key) ? plain[key] : undefined;
	return change?.(start) ?? refuse(word, Object.hasOwn(namedStarts, word));
}

function refuse(word: string, isNamed: boolean): never {
	return isNamed
		? fail("USAGE", `${option}: ${word} is a whole start, which goes first`)
		: fail("USAGE", `${option}: ${quoted(word)} is no word for a start${suggestion(word, startWords)}`, {
				remedy: [
					`a whole start: ${wholeStarts}`,
					"and after it, or alone: user=1000:1000, groups=44+100, caps=none, bounding=docker, device=/dev/fuse, volume=/data, tmpfs=/run, sysctl=net.core.somaxconn=4096, fsgroup=1000, read-only, nnp, no-devices, no-seccomp, low-ports",
				],
			});
}
