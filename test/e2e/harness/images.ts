import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cache } from "./paths.ts";

/** Nothing but the binary and the probe, as on `FROM scratch`. */
export const scratch = "abdicate-test/scratch";
/** busybox, and accounts: root, app (1000, also in video), redis (999), nobody. */
export const busybox = "abdicate-test/busybox";
/** A small Debian with redis-server, capsh, gosu, and programs that serve file systems. */
export const debian = "abdicate-test/debian";
/** A small Debian with the older libfuse, which does not live beside the newer one's package, and programs that serve by it. */
export const olderFuse = "abdicate-test/older-fuse";

const passwd = `root:x:0:0:root:/root:/bin/sh
redis:x:999:999::/var/lib/redis:/usr/sbin/nologin
app:x:1000:1000:App:/home/app:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;
const group = `root:x:0:
video:x:44:app
redis:x:999:
app:x:1000:
nogroup:x:65534:
`;
/** Servers of the examples, from Debian, and interpreters. */
export const servers = "abdicate-test/servers";

const serverPackages = [
	...["memcached", "mosquitto", "mosquitto-clients", "nginx-light", "postgresql", "mariadb-server", "rabbitmq-server", "curl"],
	...["nodejs", "gunicorn", "wireguard-go", "wireguard-tools", "iproute2"],
];
const packages = [
	...["redis-server", "redis-tools", "libcap2-bin", "gosu", "procps"],
	...["fuse3", "sshfs", "openssh-sftp-server", "squashfuse", "squashfs-tools", "fuse-overlayfs", "rclone", "gocryptfs", "ntfs-3g"],
];
/** What jobs with privilege are made of, from Debian, a compiler, and the browser. */
export const jobs = "abdicate-test/jobs";

const jobPackages = ["nftables", "iproute2", "openvpn", "restic", "python3", "gcc", "libc6-dev", "make", "chromium-headless-shell"];
const olderFusePackages = ["fuse", "bindfs", "mergerfs"];

/** How the tree below an image comes about; the name of the base image ends in the hash of `recipe`. */
export interface Base {
	readonly image: string;
	readonly recipe: string;
	readonly populate: (tree: string) => void;
	/** No house is made of it, so that its tree is not laid out. */
	readonly dockerOnly?: true;
}

export const bases: readonly Base[] = [
	{ image: scratch, recipe: "1", populate: populateScratch },
	{ image: busybox, recipe: `1${passwd}${group}`, populate: populateBusybox },
	{ image: debian, recipe: `1${packages.join()}`, populate: (tree) => populateDebian(tree, packages) },
	{ image: olderFuse, recipe: `1${olderFusePackages.join()}`, populate: (tree) => populateDebian(tree, olderFusePackages) },
	{ image: servers, recipe: `1${serverPackages.join()}`, populate: (tree) => populateDebian(tree, serverPackages) },
	{ image: jobs, recipe: `1${jobPackages.join()}`, populate: (tree) => populateDebian(tree, jobPackages), dockerOnly: true },
];

/** The name and version of the image below an image. */
export function baseName({ image, recipe }: Base): string {
	return `${image}-base:${createHash("sha256").update(recipe).digest("hex").slice(0, 16)}`;
}

/** The archive of an image's tree, in the cache. */
export function archiveOf(image: string): string {
	const base = bases.find((each) => each.image === image);
	if (base === undefined) {
		throw new Error(`${image} is none of the images that are made of a tree`);
	}
	return join(cache, "images", `${baseName(base).replace(/[/:]/g, "-")}.tar`);
}

/** Makes the archives that are missing. */
export function makeArchives(): void {
	for (const { image, populate } of bases) {
		const archive = archiveOf(image);
		if (!existsSync(archive)) {
			withDirectory((tree) => {
				chmodSync(tree, 0o755);
				populate(tree);
				mkdirSync(join(cache, "images"), { recursive: true });
				execFileSync("tar", ["-C", tree, "--numeric-owner", "-cf", `${archive}.part`, "."]);
				renameSync(`${archive}.part`, archive);
			});
		}
	}
}

function populateScratch(tree: string): void {
	mkdirSync(join(tree, "tmp"));
	chmodSync(join(tree, "tmp"), 0o1777);
}

export function populateBusybox(tree: string): void {
	populateScratch(tree);
	for (const directory of ["bin", "etc", "root", "home/app", "var/lib/redis", "dev", "proc", "sys", "run"]) {
		mkdirSync(join(tree, directory), { recursive: true, mode: 0o755 });
	}
	writeFileSync(join(tree, "etc/passwd"), passwd);
	writeFileSync(join(tree, "etc/group"), group);
	writeFileSync(join(tree, "etc/shadow"), "root:*:1:0:99999:7:::\n", { mode: 0o600 });
	copyFileSync("/bin/busybox", join(tree, "bin/busybox"));
	for (const applet of execFileSync("/bin/busybox", ["--list"], { encoding: "utf8" }).trim().split("\n")) {
		if (applet !== "busybox") {
			symlinkSync("busybox", join(tree, "bin", applet));
		}
	}
	execFileSync("chown", ["1000:1000", join(tree, "home/app")]);
	execFileSync("chown", ["999:999", join(tree, "var/lib/redis")]);
}

function populateDebian(tree: string, include: readonly string[]): void {
	execFileSync("debootstrap", ["--variant=minbase", `--include=${include.join()}`, "bookworm", tree], {
		stdio: "pipe",
		maxBuffer: 1 << 26,
	});
	for (const unused of ["var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale", "usr/share/man"]) {
		rmSync(join(tree, unused), { recursive: true, force: true });
	}
	execFileSync("chroot", [tree, "useradd", "--uid", "1000", "--user-group", "--create-home", "--groups", "video", "app"]);
}

export function withDirectory(use: (directory: string) => void): void {
	const directory = mkdtempSync(join(tmpdir(), "abdicate-image-"));
	try {
		use(directory);
	} finally {
		rmSync(directory, { recursive: true, force: true });
	}
}
