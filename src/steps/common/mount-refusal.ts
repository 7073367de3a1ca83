import { profilesOfRuntimes } from "../../confine/labels/runtimes.ts";
import { otherApparmor, otherSeccomp } from "../../report/other-profile.ts";
import type { Problem } from "../../report/problem.ts";
import { shellWord } from "../../report/shell.ts";
import type { Reads } from "../../sys/native.ts";
import { readProc } from "../../sys/proc.ts";
import type { Need, Obstacle } from "../step.ts";
import { mayReach, toReach } from "./reach.ts";
import { makeFirst } from "./refusal.ts";

/** What mounting at a path takes. */
export function mountNeeds(target: string): Need[] {
	return [toMount(target), toReach(target)];
}

/** As `mountNeeds`, whatever is on the way. */
export function mountMayNeed(target: string): Need[] {
	return [toMount(target), ...mayReach(target)];
}

function toMount(target: string): Need {
	return { anyOf: ["SYS_ADMIN"], certain: true, purpose: `to mount at ${target}` };
}

export function mountObstacles(reads: Reads): Obstacle[] {
	const label = readProc(reads, "self/attr/apparmor/current");
	const profile = typeof label === "string" ? profilesOfRuntimes.exec(label.trim())?.[0] : undefined;
	return profile === undefined
		? []
		: [{ message: `the AppArmor profile ${profile} forbids every mount`, remedy: meanings.EACCES.remedy ?? [], isLasting: true }];
}

/** Why mounting is refused although SYS_ADMIN is held: the errno tells the refusers apart. */
const meanings: Readonly<Record<"EPERM" | "EACCES" | "EINVAL", Problem>> = {
	EPERM: {
		message: "CAP_SYS_ADMIN is held, so a seccomp filter refused it, or the mount is locked by an outer namespace",
		remedy: [`a filter that allows mount, fsopen and move_mount: ${otherSeccomp}`],
	},
	EACCES: {
		message: "CAP_SYS_ADMIN is held, so AppArmor or SELinux refused it",
		remedy: [`a profile that allows mount: ${otherApparmor}`],
	},
	EINVAL: { message: "the file system does not know the option, or its value" },
};

/** With what is missing where anything is: mostly the place itself. */
export function mountMeanings(type: string, missing: Problem): Readonly<Record<keyof typeof meanings | "ENODEV" | "ENOENT", Problem>> {
	return { ...meanings, ENODEV: noSuchSystem(type), ENOENT: missing };
}

export function missingPoint(target: string): Problem {
	return makeFirst("the mount point does not exist", target);
}

/** `fuse.sshfs` is one of fuse. */
export function noSuchSystem(type: string): Problem {
	const [system = type] = type.split(".", 1);
	return {
		message: `this kernel has no ${system}: it is not in /proc/filesystems, and there is no module to load`,
		remedy: [`modprobe ${shellWord(system)}, on the machine: a container has the kernel of its machine, and cannot bring a module`],
	};
}
