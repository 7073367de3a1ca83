import { secretName } from "../../../config/secret-name.ts";
import { allows, type Viewer } from "../../../files/permissions.ts";
import { idNames } from "../../../identity/id-names.ts";
import { closedToWorkload, outlookOf } from "../../../plan/foretell.ts";
import { AT } from "../../../sys/constants.ts";
import { nameOfEntry } from "../../../sys/environ.ts";
import type { Reads } from "../../../sys/native.ts";
import { powerOf } from "../../guides/powerful-groups.ts";
import { namesIn, openDevices } from "./devices.ts";
import { changed, type FilesAfter, filesAfter, giftsTo } from "./files-after.ts";
import type { Page } from "./page.ts";
import { type OpenSocket, openSockets } from "./sockets.ts";
import { isLeftOpen, toOpen, toRead } from "./walled.ts";

/** What somebody still has who has taken the workload over, as far as a look before the setup can tell. */
export interface Reach extends FilesAfter {
	/** Paths of those that it can read. */
	readonly secrets: readonly string[];
	/** Names of variables that are called as secrets are. */
	readonly variables: readonly string[];
	readonly devices: readonly string[];
	readonly sockets: readonly OpenSocket[];
	readonly groups: readonly PowerfulGroup[];
}

interface PowerfulGroup {
	readonly gid: number;
	readonly name: string;
	readonly what: string;
}

export function reachOf(page: Page): Reach {
	const { plan, reads } = page;
	const { identity, environment } = plan;
	const closedAbove = whatCloses(page);
	return {
		...filesAfter(page),
		secrets: [...new Set([...secretsGiven(page), ...readableIn("/run/secrets", identity, reads)])].filter(
			(path) => isLeftOpen(page, path, toRead) && closedAbove(path) === undefined,
		),
		variables: [...new Set(environment.map(nameOfEntry))].filter((name) => secretName.test(name) && !/_FILE$/i.test(name)),
		devices: openDevices(page).filter((path) => isLeftOpen(page, path, toOpen)),
		sockets: openSockets(page),
		groups: groups(page),
	};
}

/** Secrets that are the workload's by owner and mode, and lie in a directory that is closed to it. */
export function closedSecrets(page: Page): string[] {
	const closedAbove = whatCloses(page);
	return secretsGiven(page).flatMap((path) => {
		const directory = closedAbove(path);
		return directory === undefined ? [] : [`cannot read the secret ${path}: ${directory} is closed to it`];
	});
}

function secretsGiven(page: Page): string[] {
	const { identity } = page.plan;
	return giftsTo(page, "hidden")
		.filter((gift) => gift.uid === identity.uid || allows(changed(undefined, gift), identity, 4))
		.map(({ path }) => path);
}

function whatCloses({ plan, looked, reads }: Page): (path: string) => string | undefined {
	const outlook = outlookOf(plan, looked.start, reads);
	return (path) => closedToWorkload(outlook, path);
}

function readableIn(directory: string, viewer: Viewer, reads: Reads): string[] {
	return namesIn(reads, directory)
		.map((name) => `${directory}/${name}`)
		.filter((path) => {
			const stat = reads.statat(AT.FDCWD, path, 0);
			return typeof stat !== "number" && allows(stat, viewer, 4);
		});
}

function groups({ plan, reads }: Page): PowerfulGroup[] {
	const nameOf = idNames(reads, "/etc/group");
	return plan.departure.expected.groups.flatMap((gid) => {
		const [name, , what] = powerOf(gid, nameOf(gid)) ?? [];
		return name === undefined || what === undefined ? [] : [{ gid, name, what }];
	});
}
