import type { CapabilityName } from "./names.ts";

/** How a person grants capabilities to root, in the words of the tools they use. */
export function grantRemedy(names: readonly string[]): string[] {
	const flags = names.map((name) => `--cap-add ${name}`).join(" ");
	const list = names.map((name) => `"${name}"`).join(", ");
	return [`docker run ${flags} ... | compose: cap_add: [${names.join(", ")}] | kubernetes: securityContext.capabilities.add: [${list}]`];
}

/** About whose files they are: what has the right owner takes none of them. */
const ofFiles: readonly string[] = ["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID"] satisfies CapabilityName[];

export function isOfFiles(name: string): boolean {
	return ofFiles.includes(name);
}

/** The same for a start as another user, to whom no runtime gives any. capabilities(7), "Transformation of capabilities during execve()" */
export function rootRemedy(names: readonly string[], uid: number): string[] {
	const isAboutFiles = names.some(isOfFiles);
	return [
		`a container that is started as another user than root (here uid ${uid}) holds no capability, whatever is added; start it as root: docker run without --user, an image without USER | compose: without user: | kubernetes: securityContext.runAsUser: 0`,
		...(isAboutFiles
			? [
					`or let uid ${uid} have the files beforehand: of the image, by RUN chown in the Dockerfile, or docker run --tmpfs PATH | of a volume, by chown on the machine or in an initContainer | kubernetes: securityContext.fsGroup`,
				]
			: []),
		...(names.includes("NET_BIND_SERVICE")
			? [
					"or open low ports to everybody: docker run --sysctl net.ipv4.ip_unprivileged_port_start=0 ... | compose: sysctls | kubernetes: spec.securityContext.sysctls",
				]
			: []),
	];
}
