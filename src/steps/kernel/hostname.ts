import { textLike } from "../../config/fields.ts";
import { type FieldsOutput, mapping, orShort, required } from "../../config/mapping.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { must } from "../../sys/act.ts";
import { refusal } from "../common/refusal.ts";
import type { Need, Step } from "../step.ts";

export interface HostnameAction {
	readonly name: string;
}

/** 64 bytes are the kernel's limit. sethostname(2), hostname(7) */
const form = /^(?!.{65})(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

const fields = { name: required(() => textLike(form, "expected a host name: letters, digits, hyphens and dots, 64 at most")) };

const instead = ["or without any capability: docker run --hostname NAME ... | compose: hostname: NAME | kubernetes: spec.hostname: NAME"];

const toSet: Need = { anyOf: ["SYS_ADMIN"], certain: true, purpose: "to set the host name", instead };

export const hostname: Step<FieldsOutput<typeof fields>, HostnameAction> = {
	summary: "Gives the container's UTS namespace its host name, unless it has it already.",
	schema: () => orShort("name", mapping(fields)),
	plan: ({ name }) => ({ name }),
	describe: ({ name }) => name,
	needs: ({ name }, reads) => (reads.uname()[1] === name ? [] : [toSet]),
	mayNeed: () => [toSet],
	grants: ({ name }) => ({ hostname: name, isEnough: true }),
	apply: ({ name }, { host }) => {
		const former = host.uname()[1];
		if (former === name) {
			return { state: "ok", detail: "already so" };
		}
		try {
			must(host, "sethostname", name);
		} catch (error) {
			throw refusal(error, { reads: host, path: name, meanings });
		}
		if (host.uname()[1] !== name) {
			fail("STEP_FAILED", `sethostname: the name stayed ${quoted(former)}, although the kernel answered that it was set`, {
				remedy: instead,
			});
		}
		return { state: "changed", detail: `was ${former}` };
	},
};

const meanings = {
	EPERM: {
		message: "CAP_SYS_ADMIN is held, so a seccomp filter refused it, or the UTS namespace belongs to an outer user namespace",
		remedy: instead,
	},
} as const;
