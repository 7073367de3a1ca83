import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../src/cli/options.ts";
import { makePlan } from "../../../src/cli/run.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { capDropAll, dockerRoot, FakeKernel, type FakeProcess, unprivileged } from "../../fake/index.ts";

const closed = "chmod (kubernetes: defaultMode of the volume)";

/** The remedies for a file that this process may not read. */
async function remediesAs(process: FakeProcess) {
	const { host } = new FakeKernel({
		process,
		files: {
			"/etc/c.yaml": "user: '1000:1000'\nenv: { from_file: NAME }\n",
			"/bin/true": { mode: 0o755 },
			"/run/secret": { mode: 0o600, uid: 7, content: "x" },
		},
		environment: ["PATH=/bin", "NAME_FILE=/run/secret"],
		overrides: { parseYaml },
	});
	try {
		await makePlan(host, parseOptions(["-c", "/etc/c.yaml", "--", "true"]), "run");
	} catch (error) {
		return error instanceof Failure
			? error.diagnostics.filter(({ where }) => where?.includes("from_file")).map(({ message, remedy }) => ({ message, remedy }))
			: error;
	}
	return "read";
}

describe("a file of env.from_file that is closed to the start", () => {
	const message =
		'NAME_FILE: "/run/secret" cannot be read: EACCES: its mode, or that of a directory above it, is closed to who reads it here';

	it("to root without the capability: it may be granted", async () => {
		expect(await remediesAs(capDropAll())).toEqual([
			{
				message,
				remedy: [
					closed,
					'docker run --cap-add DAC_READ_SEARCH ... | compose: cap_add: [DAC_READ_SEARCH] | kubernetes: securityContext.capabilities.add: ["DAC_READ_SEARCH"] | systemd: CapabilityBoundingSet=CAP_DAC_READ_SEARCH',
				],
			},
		]);
	});

	it("rule 2.8: to another user: no grant helps", async () => {
		expect(await remediesAs(unprivileged(1000, 1000))).toEqual([
			{
				message,
				remedy: [
					closed,
					'a container that is started as another user than root (here uid 1000) holds no capability, whatever is added; start it as root: docker run --user 0 ... | compose: user: "0" | kubernetes: securityContext: {runAsUser: 0, runAsNonRoot: false} | systemd: AmbientCapabilities=CAP_DAC_READ_SEARCH',
					"or let uid 1000 read what is closed to it: of the image by COPY --chown=1000, of a volume by chown on the machine, of a secret by the uid and mode that the runtime gives it",
					"or by its group, where its mode lets that read: docker run --group-add GID ... | compose: group_add: [GID] | kubernetes: securityContext: {fsGroup: GID}, or supplementalGroups: [GID] where fsGroup does not count (hostPath, NFS)",
				],
			},
		]);
	});

	it("is read by root that overrides", async () => {
		expect(await remediesAs(dockerRoot())).toBe("read");
	});
});
