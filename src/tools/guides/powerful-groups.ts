/** Groups whose members are root, or nearly, by way of a socket or device. */
export const powerfulGroups: Readonly<Record<string, readonly [tenths: number, reason: string]>> = {
	root: [5, "what root's group may read or write, such as files that images leave open to gid 0"],
	docker: [30, "the daemon's socket starts containers as root of the host"],
	lxd: [30, "the daemon's socket starts containers as root of the host"],
	incus: [30, "the daemon's socket starts containers as root of the host"],
	disk: [30, "reads and writes block devices under every file system"],
	kmem: [20, "reads kernel memory"],
	shadow: [10, "reads the password hashes"],
	sudo: [10, "may be allowed to run anything as root"],
	wheel: [10, "may be allowed to run anything as root"],
	adm: [2, "reads the system's logs"],
	kvm: [3, "creates virtual machines, a large piece of kernel to attack"],
};

/** Numbers that Debian and Alpine give alike: a device or a file of the machine's has the number, whatever the image calls it. */
const usualNumbers: Readonly<Record<string, string>> = { 4: "adm", 6: "disk", 42: "shadow" };

/** As what a group counts, and what it opens: by its name here, or by its usual number. */
export function powerOf(gid: number, name: string | undefined): readonly [name: string, tenths: number, reason: string] | undefined {
	const known = gid === 0 ? "root" : name !== undefined && own(powerfulGroups, name) !== undefined ? name : own(usualNumbers, `${gid}`);
	const power = known === undefined ? undefined : own(powerfulGroups, known);
	return known === undefined || power === undefined ? undefined : [known, ...power];
}

/** Sockets by which whoever may connect is what the group docker is. */
export const powerfulSocket = /^\/(?:var\/)?run\/(?:docker|containerd\/containerd|podman\/podman|crio\/crio)\.sock$/;

/** A name from a file must not find what every object has. */
export function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
	return Object.hasOwn(table, name) ? table[name] : undefined;
}
