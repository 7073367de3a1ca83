import { noSuchName, type Unresolved } from "../../net/resolve-name.ts";

/** That a name has no address, who was asked, and what came of it. */
export function namelessText(name: string, unresolved: Unresolved): string {
	const { servers, isDefault, code } = unresolved;
	const who = `${servers.join(", ")} (${isDefault ? "this container itself: /etc/resolv.conf names no server" : "/etc/resolv.conf"})`;
	const says = code === undefined ? "gave no answer" : isUnknown(unresolved) ? "knows no such name" : `failed, with code ${code}`;
	return `${name} has no address: it is not in /etc/hosts, and ${who} ${says}`;
}

export function isUnknown({ code }: Unresolved): boolean {
	return code === 0 || code === noSuchName;
}

export const toAsk =
	"a name server that answers: docker run --network NAME or --dns ADDRESS ... | compose: dns: [ADDRESS] | kubernetes: dnsPolicy, dnsConfig";
