import { maskedByDocker, maskedLately, readOnlyByDocker } from "../confine/paths/docker-default.ts";
import type { PathList, PathsPart, PathsSetting, Target } from "../confine/paths/setting.ts";
import { absentOf, absentText, applyPaths, type Look, lookAtPaths, observePaths, requireFixedPaths } from "../departure/paths.ts";
import type { PathsAsk } from "../departure/walls.ts";
import { tableOf } from "../files/mount-facts.ts";
import { absolutePath, isWithin } from "../files/path-text.ts";
import { fail } from "../report/failure.ts";
import { shellWord } from "../report/shell.ts";
import { printable, quoted } from "../report/text.ts";
import { yamlScalar } from "../report/yaml.ts";
import type { Reads } from "../sys/native.ts";
import { observeProc } from "../sys/proc.ts";
import { type Lack, lackToUnshare, orByItself, searchingOf } from "./able-to-mount.ts";
import { notesOfConfine, warnOfKept } from "./confine-notes.ts";
import { isMounting } from "./mounting.ts";
import { refuseOpenedBefore, socketsPassed } from "./opened-before.ts";
import { orRefuse } from "./untold.ts";

export { applyPaths, observePaths };

export function planPaths(setting: PathsSetting, ask: PathsAsk): PathsPart | undefined {
	return orRefuse("paths", () => plan(setting, ask));
}

/**
 * What has to be masked and made read-only. A start in which it is already has nothing to do, whoever has done it; one in which it is not
 * takes SYS_ADMIN.
 */
function plan(setting: PathsSetting, ask: PathsAsk): PathsPart | undefined {
	const { request, ofWorkload, start, reads, note } = ask;
	if (ofWorkload.settings["confine"] !== undefined) {
		notesOfConfine(ofWorkload.settings, reads).forEach(note);
	}
	warnOfKept(request, ofWorkload.settings["confine"] === undefined ? "paths" : "confine", ofWorkload.warn);
	if (start.isImagined !== true) {
		noteLeftOpen(setting, reads, note);
	}
	const own = ownPaths(setting, start.workdir);
	const rules = rulesOf(setting, own, ask);
	if (rules === undefined) {
		return undefined;
	}
	const { needed, ...looked } = lookAtRules(rules, own, ask);
	const isOfDocker = setting.masked.paths.length + setting.readOnly.paths.length === 0;
	const part = { ...rules, ...looked, isLacking: needed.length > 0, isOfDocker };
	const mayAppear = looked.absent.length > 0 && ofWorkload.setup.length > 0;
	const lack = ofWorkload.isEntering ? "enter" : lackToUnshare(start, reads, true);
	if (lack !== undefined && needed.length > 0) {
		refuse(needed, own, lack);
	}
	if (lack !== undefined && looked.open.length > 0) {
		note(`paths: an older Docker has started this container, which leaves open: ${looked.open.map(({ path }) => quoted(path)).join(", ")}`);
	}
	// After a mount there may be another proc, or something over what is masked.
	if (lack === undefined && (looked.open.length > 0 || mayAppear || ofWorkload.setup.some((step) => isMounting(step, reads)))) {
		sayWhatStays(rules.except, ask);
		return { ...part, needs: ["SYS_ADMIN", ...searchingOf(start)] };
	}
	if (lack !== undefined && mayAppear && !ofWorkload.isEntering) {
		return { ...part, needs: [] };
	}
	for (const each of looked.absent) {
		ofWorkload.warn(absentText(each));
	}
	return undefined;
}

type Rules = Pick<PathsPart, "masked" | "readOnly" | "hasReadOnlySystems" | "except">;

/** Undefined for nothing that is to be closed. */
function rulesOf(setting: PathsSetting, own: Own, { start, reads }: PathsAsk): Rules | undefined {
	const masked = listOf(setting.masked, maskedByDocker, own.masked);
	const readOnly = listOf(setting.readOnly, readOnlyByDocker, own.readOnly);
	if (masked.length + readOnly.length === 0) {
		return undefined;
	}
	if (observeProc(reads) !== true) {
		fail("CONFINE_REFUSED", "without /proc it cannot be told what is mounted, and what is to be masked", {
			where: "paths",
			remedy: ["mount /proc: every container runtime does unless told otherwise"],
		});
	}
	const except = setting.except.map((each) => absolutePath(each, start.workdir));
	except.forEach(requireSecond);
	const rules = { masked, readOnly, hasReadOnlySystems: setting.readOnly.isDefault, except };
	if (start.isImagined !== true) {
		for (const each of except) {
			requireSystem(each, reads);
		}
		requireFixedPaths(rules, reads);
	}
	return rules;
}

/** How all of it is in this start; `needed` is what no ordinary container has open. */
function lookAtRules(rules: Rules, own: Own, { request, start, reads }: PathsAsk) {
	const { identity } = request;
	const looks = lookAtPaths(rules, reads, identity.uid === start.credentials.uids.effective && identity.uid !== 0);
	// Of another machine it does not say anything what is closed to who plans.
	const isOpen = (look: Look) => look === "open" || (look === "unreachable" && start.isImagined !== true);
	const open = looks.flatMap(([target, look]) => (isOpen(look) ? [target] : []));
	const isLate = ({ rule, as }: Target) => as === "masked" && maskedLately.includes(rule) && !own.masked.includes(rule);
	const named = [...own.masked, ...own.readOnly];
	return { open, needed: open.filter((each) => !isLate(each)), named, absent: absentOf(named, looks) };
}

/** Of what was opened before, and of what is left as it is. */
function sayWhatStays(except: readonly string[], { ofWorkload, start, reads, note }: PathsAsk): void {
	if (start.isImagined !== true) {
		refuseOpenedBefore(ofWorkload.pass, reads);
		const sockets = socketsPassed(ofWorkload.pass, reads);
		if (sockets.length > 0) {
			note(`paths: descriptors that come through a socket later are not masked, and the workload gets some: ${sockets.join(", ")}`);
		}
	}
	for (const each of except) {
		note(`paths: ${quoted(each)} stays as it is: what is closed in /proc and /sys is open there`);
	}
}

type Own = Readonly<Record<"masked" | "readOnly", readonly string[]>>;

/** What is named itself. */
function ownPaths({ masked, readOnly }: PathsSetting, workdir: string): Own {
	const named = ({ paths }: PathList) => paths.map((each) => absolutePath(each, workdir));
	return { masked: named(masked), readOnly: named(readOnly) };
}

function listOf({ isDefault }: PathList, usual: readonly string[], own: readonly string[]): string[] {
	return [...new Set([...(isDefault ? usual : []), ...own])];
}

/** Whoever takes a half of docker-default out is told what that is here. */
function noteLeftOpen({ masked, readOnly, except }: PathsSetting, reads: Reads, note: (message: string) => void): void {
	const left = {
		masked: masked.isDefault ? [] : maskedByDocker,
		readOnly: readOnly.isDefault ? [] : readOnlyByDocker,
		hasReadOnlySystems: !readOnly.isDefault,
		except,
	};
	if ((masked.isDefault && readOnly.isDefault) || observeProc(reads) !== true) {
		return;
	}
	const open = lookAtPaths(left, reads, false).flatMap(([{ path }, look]) => (look === "open" ? [quoted(path)] : []));
	if (open.length > 0) {
		note(`paths: none: of what an ordinary container has closed, this stays open: ${[...new Set(open)].join(", ")}`);
	}
}

const first = ["/", "/proc", "/sys"];

function requireSecond(path: string): void {
	if (first.includes(path)) {
		fail("CONFIG_CONFLICT", `${quoted(path)} is the first one, which every program goes by, and no exception`, {
			where: "paths.except",
			remedy: ["masked and read_only with what is to be closed, or paths: none"],
		});
	}
}

function requireSystem(path: string, reads: Reads): void {
	const table = tableOf(reads);
	const tops = table.flatMap(({ point, type }) => (["proc", "sysfs"].includes(type) ? [point] : []));
	if (!table.some(({ point }) => point === path && tops.some((top) => isWithin(path, top)))) {
		fail("CONFINE_REFUSED", `${quoted(path)} is no mount of proc or sysfs, and none in one, so that nothing there would be closed`, {
			where: "paths.except",
			remedy: ["leave it out, or name where it is mounted, as in /proc/self/mountinfo"],
		});
	}
}

function refuse(open: readonly Target[], own: Own, lack: "enter" | Lack): never {
	const listed = (targets: readonly Target[]) => targets.map(({ path }) => quoted(path)).join(", ");
	if (lack === "enter") {
		fail("CONFINE_REFUSED", `enter masks nothing, and what is to be closed is open here: ${listed(open)}`, {
			where: "paths",
			remedy: ["enter a container whose first program was started by this configuration, by the runtime: docker exec, kubectl exec"],
		});
	}
	const { message } = lack;
	const isOwn = ({ rule, as }: Target) => (as === "masked" ? own.masked : own.readOnly).includes(rule);
	const [named, usual] = [open.filter(isOwn), open.filter((each) => !isOwn(each))];
	const [masked, readOnly] = [named.filter(({ as }) => as === "masked"), named.filter(({ as }) => as !== "masked")];
	const [volume] = readOnly.map(({ path }) => path);
	fail("CONFINE_REFUSED", `${message}, and the runtime has neither masked nor made read-only: ${listed(open)}`, {
		where: "paths",
		remedy: [
			...(usual.length === 0
				? []
				: [
						"let the runtime do it: docker run without --privileged and --security-opt systempaths=unconfined | kubernetes: without privileged, procMount: Default",
					]),
			...(usual.some(({ path, as }) => as === "read-only mount" && path !== "/sys")
				? ["or bring it in read-only, where it is a volume: docker run -v ...:ro | compose: read_only | kubernetes: volumeMounts.readOnly"]
				: []),
			...(volume === undefined
				? []
				: [
						`let the runtime make it read-only: docker run -v ${shellWord(`SOURCE:${volume}:ro`)} ... | compose: volumes: [${yamlScalar(`SOURCE:${volume}:ro`)}] | kubernetes: volumeMounts: [{mountPath: ${yamlScalar(volume)}, readOnly: true}] | or leave it out of paths.read_only`,
					]),
			...(masked.length === 0
				? []
				: [`leave out of paths.masked what no runtime masks: ${printable(masked.map(({ path }) => path).join(", "))}`]),
			...orByItself(lack),
			...(usual.length === 0 ? [] : ["or paths: none"]),
		],
	});
}
