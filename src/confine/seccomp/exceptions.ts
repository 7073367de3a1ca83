export interface Exception {
	readonly calls: readonly string[];
	/** One line for `explain` and the documentation. */
	readonly purpose: string;
	/** What more a program may be in want of. */
	readonly remark?: string;
}

/** What public programs need beyond Docker's profile, by the names that `allow` takes. */
export const exceptions = {
	browser: {
		calls: ["clone", "unshare", "chroot"],
		purpose: "the sandbox of Chromium and what is made of it: namespaces of their own for each page",
	},
	bwrap: {
		calls: ["clone", "unshare", "mount", "umount2", "pivot_root"],
		purpose: "bubblewrap, Flatpak and FUSE in a user namespace: a root of their own for a program",
	},
	perf: {
		calls: ["perf_event_open"],
		purpose: "perf and profilers that read the counters of the processor",
		remark:
			"the kernel asks as well: with kernel.perf_event_paranoid at 2, its default, what would look into the kernel gets EACCES (perf stat -e cycles:u does not), and with more, as Debian has it, everything; sysctl of the machine, or keep PERFMON",
	},
	io_uring: {
		calls: ["io_uring_setup", "io_uring_enter", "io_uring_register"],
		purpose:
			"queues of input and output; what is asked for in them, sockets of any family too, no filter sees; refused all the same with ports of landlock",
	},
	numa: { calls: ["mbind", "set_mempolicy", "get_mempolicy"], purpose: "numactl and databases that choose which node's memory they get" },
} as const satisfies Record<string, Exception>;

/** Names of exceptions become the calls that they stand for; each call once. */
export function expandNames(names: readonly string[]): string[] {
	return [
		...new Set(names.flatMap((name) => (Object.hasOwn(exceptions, name) ? exceptions[name as keyof typeof exceptions].calls : [name]))),
	];
}

/** Programs that are known to need an exception, under the names that images use. */
export const programsFor: Readonly<Record<keyof typeof exceptions, readonly string[]>> = {
	browser: [
		...["chromium", "chromium-browser", "chrome", "google-chrome", "google-chrome-stable", "chrome-headless-shell", "headless_shell"],
		...["firefox", "firefox-esr", "firefox-bin", "electron", "microsoft-edge", "msedge"],
		...["brave-browser", "brave", "opera", "vivaldi", "vivaldi-stable"],
	],
	bwrap: ["bwrap", "flatpak", "fuse-overlayfs", "unshare", "podman", "buildah"],
	perf: ["perf"],
	io_uring: ["tigerbeetle"],
	numa: ["numactl", "numademo", "migratepages"],
};

/** Other words that people have for these. */
const meant: Readonly<Partial<Record<keyof typeof exceptions, RegExp>>> = {
	browser: /^(?:browsers|puppeteer|playwright|selenium)$/,
	bwrap: /^(?:bubblewrap|userns|user_namespaces)$/,
	perf: /^perf_events?$/,
	io_uring: /^(?:io-?uring|uring|liburing)$/,
	numa: /^(?:libnuma|mempolicy)$/,
};

/** Which exception somebody asks for who names a program, or the thing in another way. */
export function exceptionMeant(word: string): string | undefined {
	const lower = word.toLowerCase();
	return (Object.keys(exceptions) as (keyof typeof exceptions)[]).find(
		(name) => lower === name || programsFor[name].includes(lower) || meant[name]?.test(lower) === true,
	);
}
