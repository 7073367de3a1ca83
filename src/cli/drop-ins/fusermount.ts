import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { inherited } from "../../steps/fuse/stand-in.ts";
import { givenIn } from "../../sys/environ.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Host } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";

interface Request {
	readonly unmounts: boolean;
	readonly quiet: boolean;
	readonly options: readonly string[];
}

/** Options that the daemon relies on the kernel for. The others are names to show, or what the step has decided. mount.fuse3(8) */
const reliedOn = /^(?:ro|default_permissions|max_read=\d+)$/;

const longestOptions = 4096;

/**
 * Stands in for fusermount where a daemon of the fuse step calls it: everything privileged is done already, so that the opened device
 * only has to reach the daemon, over the socket that libraries pass for it. Returns the exit status.
 */
export function fusermount(host: Host, name: string, args: readonly string[]): number {
	const request = parseRequest(name, args);
	if (request.unmounts) {
		return request.quiet ? 1 : fail("CAPABILITY_MISSING", "SYS_ADMIN is gone, so nothing is unmounted", { where: name });
	}
	const socket = Number(givenIn(host.environ(), "_FUSE_COMMFD"));
	if (host.getFdFlags(inherited.device) < 0 || !Number.isInteger(socket)) {
		fail("USAGE", "this program answers to that name only when the daemon of a fuse step mounts by it", { where: name });
	}
	const options = mustRead<string>("read", host.read(inherited.options, longestOptions)).split(",");
	const lacking = request.options.filter((option) => reliedOn.test(option) && !options.includes(option));
	if (lacking.length > 0) {
		fail("CONFIG_CONFLICT", `the daemon mounts with ${lacking.map(quoted).join(", ")}, and the fuse step did not`, {
			where: name,
			remedy: [`options: [${lacking.map(yamlScalar).join(", ")}]`],
		});
	}
	const sent = host.sendDescriptor(socket, inherited.device);
	if (sent < 0) {
		const { message, remedy } = errnoText("sendmsg", sent);
		fail("STEP_FAILED", `sendmsg: ${message}`, { where: name, remedy });
	}
	return 0;
}

/** As libraries call it: `-o OPTIONS -- PATH`, `PATH -o OPTIONS`, `-u -q -z -- PATH`. The path was the step's to choose. */
function parseRequest(name: string, args: readonly string[]): Request {
	const words = [...args];
	const options: string[] = [];
	const flags = new Set<string>();
	for (let word = words.shift(); word !== undefined && word !== "--"; word = words.shift()) {
		if (word.startsWith("-o")) {
			options.push(...(word.length > 2 ? word.slice(2) : (words.shift() ?? "")).split(","));
		} else if (/^-[uqz]$/.test(word)) {
			flags.add(word);
		} else if (word.startsWith("-")) {
			fail("USAGE", `${quoted(word)} is not known`, { where: name });
		}
	}
	return { unmounts: flags.has("-u"), quiet: flags.has("-q"), options };
}
