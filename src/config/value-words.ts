import { yamlQuoted } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import { word } from "./written.ts";

/** Paths, times and permission bits as others write them, by what was expected instead. */

export function isRelative(message: string): boolean {
	return message.startsWith("expected an absolute path, or one");
}

export function valueMeant(label: string, value: YamlNode, message: string): string | undefined {
	const text = value.kind === "scalar" ? value.text : "";
	const secure = message.startsWith("expected http://host") ? portOfUrl(text) : undefined;
	if (secure !== undefined) {
		return `tcp: ${secure}`;
	}
	const [, kind] = (message.startsWith("expected a status") && /^(\d)00 ?- ?\1(?:99)$/.exec(text)) || [];
	const [, address] = (message.startsWith("expected host:port") && /^(?:tcp|udp):\/\/(\S+)$/.exec(text)) || [];
	if (kind !== undefined || address !== undefined) {
		return `${label}${kind === undefined ? word(address ?? "") : `${kind}xx`}`;
	}
	const found = isRelative(message)
		? absoluteOf(text)
		: message.startsWith("expected a duration")
			? durationOf(text)
			: message.startsWith("expected a number of bytes")
				? sizeOf(text)
				: message.startsWith("expected a signal name")
					? /^true$/i.test(text)
						? "TERM"
						: undefined
					: message.startsWith("expected permission bits")
						? (modeOf(text) ?? octalOf(text))
						: message.startsWith("expected a mask")
							? (maskOf(text) ?? octalOf(text))
							: undefined;
	return found === undefined ? undefined : `${label}${found}`;
}

/** `https://db/x`: how it speaks there is not asked. */
export function portOfUrl(text: string): string | undefined {
	const [, host, port = "443"] = /^https:\/\/([^/:@\s]+)(?::(\d+))?(?:\/|$)/.exec(text) ?? [];
	return host && word(`${host}:${port}`);
}

function absoluteOf(text: string): string | undefined {
	return /^~(?:\/|$)/.test(text)
		? yamlQuoted(text.replace("~", "${@user.home}"))
		: /^(?!(?:true|false|yes|no|on|off|auto|none)$)[a-z*][^\s:,]*$/i.test(text)
			? word(`/${text}`)
			: undefined;
}

/** `1m30s`, `5 minutes` */
export function durationOf(text: string): string | undefined {
	const [whole, ...parts] = /^(?:(\d+) ?h\w* ?)?(?:(\d+) ?m(?:in\w*)? ?)?(?:(\d+) ?s\w*)?$/.exec(text) ?? [];
	return whole && `${parts.reduce((sum, part) => sum * 60 + Number(part ?? 0), 0)}s`;
}

/** `512 MB` */
export function sizeOf(text: string): string | undefined {
	const [, digits, unit = ""] = /^(\d+) *([kmgt])i?(?:b|bytes)?$/i.exec(text) ?? [];
	return digits && `${digits}${unit.toUpperCase()}`;
}

/** What has digits that no octal number has is a decimal one, as Kubernetes has them: 488, or 0x1a4. */
export function octalOf(text: string, isSo = /^0x|[89]/): string | undefined {
	return Number(text) <= 0o7777 && isSo.test(text) ? yamlQuoted(Number(text).toString(8).padStart(4, "0")) : undefined;
}

/** `rwxr-x---`, `u=rwx,g=rx`, `u=rwx,go=` */
export function modeOf(text: string): string | undefined {
	const parts = /^[-d]?(?:[r-][w-][x-]){3}$/.test(text)
		? text.slice(-9).match(/.../g)
		: /^(?:u=[rwx]*,g=[rwx]*(?:,o=[rwx]*)?|u=[rwx]*,go=[rwx]*|ugo=[rwx]*)$/.test(text)
			? [..."ugo"].map((who) => text.split(",").find((each) => each.replace(/=.*/, "").includes(who)) ?? "")
			: undefined;
	const digits = parts?.map((each) => ["x", "w", "r"].reduce((sum, letter, bit) => sum + (each.includes(letter) ? 1 << bit : 0), 0));
	return digits && `"0${digits.join("")}"`;
}

/** What a symbolic mask lets through. umask(1p) */
function maskOf(text: string): string | undefined {
	const [mode] = /[0-7]{4}/.exec(modeOf(text) ?? "") ?? [];
	return mode && yamlQuoted((0o777 & ~Number.parseInt(mode, 8)).toString(8).padStart(4, "0"));
}
