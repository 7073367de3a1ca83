/** How a person grants capabilities, in the words of the tools they use. */
export function grantRemedy(names: readonly string[]): string[] {
	const flags = names.map((name) => `--cap-add ${name}`).join(" ");
	const list = names.map((name) => `"${name}"`).join(", ");
	return [`docker run ${flags} ... | compose: cap_add: [${names.join(", ")}] | kubernetes: securityContext.capabilities.add: [${list}]`];
}
