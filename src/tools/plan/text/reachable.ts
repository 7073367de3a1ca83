import { blanksQuoted } from "../../../report/text.ts";
import { besideLines } from "./beside.ts";
import { type Page, type Row, shown, some } from "./page.ts";
import { closedSecrets, reachOf } from "./reach.ts";

export function reachableRow(page: Page): Row {
	const reach = reachOf(page);
	const devices =
		page.looked.start.isImagined === true ? "has, where the machine's nodes let it open them, the devices" : "opens the devices";
	const lines = [
		...list("owns", reach.owns),
		...list("owns what is copied into", reach.owns_copies_in),
		...list("writes to", reach.writes_to),
		...list("reads the secrets", reach.secrets),
		...closedSecrets(page).map(shown),
		...list("has variables named like secrets:", reach.variables),
		...list(devices, reach.devices),
		...reach.sockets.map(({ path, what }) => shown(`${blanksQuoted(path)}: ${what}`)),
		...besideLines(page),
		...reach.groups.map(({ gid, name, what }) => `group ${name} (${gid}): ${what}`),
	];
	return [
		"still reachable",
		...(lines.length === 0 ? ["beside what it gets, no volume, secret, device, socket or daemon that is known of"] : lines),
	];
}

const list = (title: string, paths: readonly string[]): string[] =>
	paths.length === 0 ? [] : [`${title} ${some(paths.map((path) => shown(blanksQuoted(path))))}`];
