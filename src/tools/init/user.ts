import { parseUserSpec, type UserSpec } from "../../identity/user-spec.ts";
import { unlessDefect } from "../../report/failure.ts";
import { hasUnsafe, quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import type { Image } from "./image.ts";
import { type Account, nowhere, type Place } from "./place.ts";
import type { Start } from "./start.ts";

export interface ChosenUser {
	/** As YAML. */
	readonly spec: string;
	readonly why: readonly string[];
}

/** Whom the workload is to be, by what the image says; never root. */
export function userOf({ user, environment }: Image, start: Start, place: Place): ChosenUser {
	const [puid, pgid] = ["PUID", "PGID"].map((name) => environment.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1));
	const isAsked = puid !== undefined || pgid !== undefined;
	const unheard = isAsked ? ["PUID and PGID have no say beside it"] : [];
	const [switched, own] = [start.user, user].map((written, index) =>
		chosen(written ?? "", place, index === 1 || start.userBy !== "setpriv"),
	);
	if (switched !== undefined) {
		return {
			spec: switched,
			why: [`${start.userBy}: the user that it changed to`, ...isUnknown(start.user, place), ...unheard],
		};
	}
	if (own !== undefined) {
		return {
			spec: own,
			why: [
				`USER ${quoted(user)}: a start as root does what setup asks for, and becomes it`,
				...(isGroupKnown(user, place) ? [] : ["its group is chosen here: a number without an account has root's"]),
				...isUnknown(user, place),
				...unheard,
			],
		};
	}
	if (isAsked) {
		const spec = `"\${PUID:-${idOr(puid)}}:\${PGID:-${idOr(pgid ?? puid)}}"`;
		return { spec, why: ["PUID and PGID: whoever starts the container gives them, and never root's"] };
	}
	const account = likeliest(place.accounts);
	const why = isRootOr(user) ? "the image starts as root" : `USER ${quoted(user)} cannot be taken over`;
	return account === undefined
		? {
				spec: '"1000:1000"',
				why: [
					`${why}: ${place === nowhere ? "choose a user of its /etc/passwd (init --root DIR looks there)" : "no account of /etc/passwd looks like the workload's: choose one"}, or ids`,
				],
			}
		: { spec: yamlScalar(account.name), why: [`${why}: of /etc/passwd this looks like the workload's`] };
}

/** A name that a start would not find. */
function isUnknown(written: string | undefined, { accounts }: Place): string[] {
	const name = specOf(written ?? "")?.user;
	return typeof name !== "string" || accounts.length === 0 || accounts.some((each) => each.name === name)
		? []
		: [`/etc/passwd does not have ${quoted(name)}: a start would end with USER_UNKNOWN`];
}

/** Or nobody in particular. */
export function isRootOr(user: string): boolean {
	return /^(?:root|0)?(?::|$)/.test(user);
}

function idOr(text = ""): string {
	return /^[1-9]\d{0,8}$/.test(text) ? text : "1000";
}

function isName(name: string): boolean {
	return /^[a-z][\w-]*$/.test(name);
}

/** Undefined for root and for what is no user. A number alone is the account that it has, with the groups of that, or has to have a group, which is not root's. */
function chosen(written: string, { accounts }: Place, hasItsGroups: boolean): string | undefined {
	const spec = specOf(written);
	if (spec === undefined || spec.user === 0 || spec.user === "root" || written.includes("$") || hasUnsafe(written)) {
		return undefined;
	}
	if (typeof spec.user === "number" && spec.group === undefined) {
		const { name = "", gid = 0 } = accounts.find(({ uid }) => uid === spec.user) ?? {};
		return hasItsGroups && gid !== 0 && isName(name) ? yamlScalar(name) : `"${spec.user}:${gid === 0 ? spec.user : gid}"`;
	}
	return yamlScalar(written);
}

function isGroupKnown(written: string, { accounts }: Place): boolean {
	const spec = specOf(written);
	return typeof spec?.user !== "number" || spec.group !== undefined || accounts.some(({ uid, gid }) => uid === spec.user && gid !== 0);
}

function specOf(written: string): UserSpec | undefined {
	try {
		return parseUserSpec(written);
	} catch (error) {
		return unlessDefect(error);
	}
}

const nobody = 65_534;

/** One that was made for people or by the image comes before those that packages make. */
function likeliest(accounts: readonly Account[]): Account | undefined {
	const able = accounts.filter(
		({ name, uid, gid }) => gid !== 0 && uid >= 100 && uid < nobody && isName(name) && !/^(?:systemd|messagebus|sshd|dbus)/.test(name),
	);
	return able.find(({ uid }) => uid >= 1000) ?? able.at(-1);
}
