import type { CapabilityName } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { loadSeccomp } from "../../../src/confine/seccomp/index.ts";
import { plain, type SeccompSetting } from "../../../src/confine/seccomp/setting.ts";
import { type Filter, filterOf } from "./bpf.ts";
import type { Circumstances } from "./evaluate.ts";

/** What the program loads for docker-default, as the hexadecimal digits of its instructions. */
export async function programOf({ machine, capabilities, kernel }: Circumstances, changes: Partial<SeccompSetting> = {}): Promise<string> {
	const sources = {
		machine,
		release: `${kernel.join(".")}.0`,
		readProfile: (path: string) => {
			throw new Error(`${path} is read for docker-default`);
		},
		readStored: () => undefined,
	};
	const seccomp = await loadSeccomp({ profile: "docker-default", ...plain, ...changes }, sources);
	return seccomp.filterFor(CapabilitySet.of(...(capabilities as readonly CapabilityName[]))).program;
}

/** The same, run by the interpreter of the tests. */
export async function ours(circumstances: Circumstances, changes: Partial<SeccompSetting> = {}): Promise<Filter> {
	return filterOf(Buffer.from(await programOf(circumstances, changes), "hex"));
}
