import { anybody } from "../../files/permissions.ts";
import { addressesOf, type Unresolved } from "../../net/resolve-name.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import type { Host } from "../../sys/native.ts";
import { isUnknown, namelessText, toAsk } from "../common/nameless.ts";
import { readSource } from "../common/source.ts";

/** What mount.nfs(8) and mount.cifs(8) do before they call the kernel, which resolves no names and reads no files. */
interface Protocol {
	/** The server in the source. */
	readonly source: RegExp;
	readonly example: string;
	/** The options that give the kernel the server's address; the first is the one we use. */
	readonly address: readonly [string, ...string[]];
	/** Given unless an option matches. */
	readonly usual?: { readonly unless: RegExp; readonly option: string };
}

const protocols: Readonly<Record<"nfs" | "cifs", Protocol>> = {
	nfs: {
		source: /^(?:\[([0-9A-Fa-f:.]+)\]|([^/:[\]]+)):\/.*$/,
		example: "nas.example:/export",
		address: ["addr"],
		// The kernel's own choice is version 3.
		usual: { unless: /^(?:nfs)?vers=|^v[34]/, option: "vers=4.2" },
	},
	cifs: { source: /^\/\/(?:\[([0-9A-Fa-f:.]+)\]|([^/[\]]+))\/.+$/, example: "//nas.example/share", address: ["ip", "addr"] },
};

const nameMs = 10_000;

/** At plan time: what cannot work, and what would be seen in the plan. */
export function refuseServer(type: "nfs" | "cifs", source: string, parameters: readonly string[]): void {
	const { source: form, example } = protocols[type];
	if (!form.test(source)) {
		fail("CONFIG_INVALID_VALUE", `mount: expected a source such as ${example}, not ${quoted(source)}`);
	}
	if (type === "cifs" && parameters.some((each) => /^pass/.test(each))) {
		fail("CONFIG_INVALID_VALUE", "mount: a password is not written into the configuration", {
			remedy: ["credentials=/run/secrets/NAME, a file with lines username=... and password=..."],
		});
	}
}

/** The parameters for the kernel: with the server's address and what the file of credentials holds. */
export function serverParameters(host: Host, type: string, source: string, parameters: readonly string[]): readonly string[] {
	if (type !== "nfs" && type !== "cifs") {
		return parameters;
	}
	const { source: form, address, usual } = protocols[type];
	const hasAddress = parameters.some((each) => address.some((key) => each.startsWith(`${key}=`)));
	const [, literal, name = ""] = form.exec(source) ?? [];
	return [
		...(usual === undefined || parameters.some((each) => usual.unless.test(each)) ? [] : [usual.option]),
		...(hasAddress ? [] : [`${address[0]}=${literal ?? addressOf(host, name)}`]),
		...parameters.flatMap((each) => (type === "cifs" && each.startsWith("credentials=") ? credentialsIn(host, each) : [each])),
	];
}

function addressOf(host: Host, name: string): string {
	let unresolved: Unresolved = { servers: [], isDefault: true, code: undefined };
	const [address] = addressesOf(host, name, nameMs, (each) => {
		unresolved = each;
	});
	const byName = () => (isUnknown(unresolved) ? "the name that this server knows, with its domain" : toAsk);
	return (
		address ??
		fail("STEP_FAILED", `mount: ${namelessText(quoted(name), unresolved)}`, { remedy: [byName(), "or the address itself in source"] })
	);
}

/** Lines of `username=`, `password=` and `domain=`. mount.cifs(8) */
function credentialsIn(host: Host, option: string): string[] {
	const path = option.slice(option.indexOf("=") + 1);
	return readSource(host, path, anybody)
		.split("\n")
		.flatMap((line, index) => {
			if (line.trim() === "" || line.startsWith("#")) {
				return [];
			}
			// What stands there may be the secret itself.
			return /^(?:username|password|domain)=/.test(line)
				? [line]
				: fail("STEP_FAILED", `mount: line ${index + 1} of ${quoted(path)} is none of username=, password= and domain=`);
		});
}
