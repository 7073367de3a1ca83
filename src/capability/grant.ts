import { shellWord } from "../report/shell.ts";
import { yamlQuoted } from "../report/yaml.ts";
import type { CapabilityName } from "./names.ts";

/** How a person grants capabilities to root, in the words of the tools they use. */
export function grantRemedy(names: readonly string[]): string[] {
	const flags = names.map((name) => `--cap-add ${name}`).join(" ");
	const list = names.map((name) => `"${name}"`).join(", ");
	const caps = names.map((name) => `CAP_${name}`).join(" ");
	return [
		`docker run ${flags} ... | compose: cap_add: [${names.join(", ")}] | kubernetes: securityContext.capabilities.add: [${list}] | systemd: CapabilityBoundingSet=${caps}`,
	];
}

/** About whose files they are: what has the right owner takes none of them. */
const ofFiles: readonly string[] = ["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID"] satisfies CapabilityName[];

export function isOfFiles(name: string): boolean {
	return ofFiles.includes(name);
}

/**
 * The same for a start as another user, to whom no runtime gives any. `place` is where a tmpfs hides nothing and would be enough.
 * capabilities(7), "Transformation of capabilities during execve()"
 */
export function rootRemedy(names: readonly string[], uid: number, place?: string): string[] {
	const others = names.filter((name) => name !== "NET_BIND_SERVICE");
	const isOtherwise = others.every(isOfFiles);
	const caps = names.map((name) => `CAP_${name}`).join(" ");
	return [
		`a container that is started as another user than root (here uid ${uid}) holds no capability, whatever is added; start it as root: docker run --user 0 ... | compose: user: "0" | kubernetes: securityContext: {runAsUser: 0, runAsNonRoot: false} | systemd: AmbientCapabilities=${caps}`,
		...(names.every((name) => name === "DAC_READ_SEARCH")
			? [
					`or let uid ${uid} read what is closed to it: of the image by COPY --chown=${uid}, of a volume by chown on the machine, of a secret by the uid and mode that the runtime gives it`,
					"or by its group, where its mode lets that read: docker run --group-add GID ... | compose: group_add: [GID] | kubernetes: securityContext: {fsGroup: GID}, or supplementalGroups: [GID] where fsGroup does not count (hostPath, NFS)",
				]
			: isOtherwise && others.length > 0
				? [
						...(place === undefined ? [] : [tmpfsFor(place, uid)]),
						`or give the files to uid ${uid} where they come from: by RUN chown in the Dockerfile, those of a volume by chown on the machine`,
					]
				: []),
		...(isOtherwise && others.length < names.length
			? [
					'or open low ports to everybody, and where one is to be kept write keep_if_present in the place of keep: docker run --sysctl net.ipv4.ip_unprivileged_port_start=0 ... | compose: sysctls: [net.ipv4.ip_unprivileged_port_start=0] | kubernetes: spec.securityContext.sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: "0"}]',
				]
			: []),
	];
}

function tmpfsFor(place: string, uid: number): string {
	const tmpfs = `${place}:uid=${uid}`;
	return `or let it have a place of its own: docker run --tmpfs ${shellWord(tmpfs)} ... | compose: tmpfs: [${yamlQuoted(tmpfs)}] | kubernetes: a volume at ${shellWord(place)}, spec.securityContext: {fsGroup: ${uid}}, and not this step`;
}

/** To have the workload's ids from the beginning. */
export function startAsRemedy(uid: number, gid: number, others: readonly number[]): string {
	const flags = others.map((group) => ` --group-add ${group}`).join("");
	const list = others.length === 0 ? "" : `, supplementalGroups: [${others.join(", ")}]`;
	const added = others.length === 0 ? "" : `, group_add: [${others.map((group) => `"${group}"`).join(", ")}]`;
	return `or start it as the user itself: docker run --user ${uid}:${gid}${flags} ... | compose: user: "${uid}:${gid}"${added} | kubernetes: securityContext: {runAsUser: ${uid}, runAsGroup: ${gid}${list}} | systemd: User=${uid}, Group=${gid}`;
}
