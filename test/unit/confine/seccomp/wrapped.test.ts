import { describe, expect, it } from "vitest";
import { parseProfile } from "../../../../src/confine/seccomp/parse.ts";
import { Failure } from "../../../../src/report/failure.ts";

const profile = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW" }] };

/** What is said of a text in place of a profile. */
function said(text: string, file = "/etc/p.json") {
	try {
		parseProfile(text, file);
		return undefined;
	} catch (error) {
		return error instanceof Failure
			? error.diagnostics.map(({ code, where, message, remedy }) => ({ code, where, message, remedy }))
			: error;
	}
}

const takeOut = (script: string, file = "/etc/p.json") => [`take it out, and name the new file: jq -r ${script} ${file} > profile.json`];

describe("what only holds a profile", () => {
	it.each([
		[
			"a whole config.json",
			{ ociVersion: "1.2.0", process: { args: ["sh"] }, linux: { namespaces: [{ type: "pid" }], seccomp: profile } },
			"linux.seccomp",
			"a whole config.json",
			takeOut(".linux.seccomp"),
		],
		["a wrapper", { seccomp: profile }, "seccomp", "no profile", takeOut(".seccomp")],
		["a wrapper with a name of its own", { "x-it's": [profile] }, `["x-it's"][0]`, "no profile", takeOut(`'.["x-it'\\''s"][0]'`)],
		[
			"what docker inspect prints",
			[{ Id: "1", HostConfig: { SecurityOpt: ["apparmor=unconfined", `seccomp=${JSON.stringify(profile)}`] } }],
			"[0].HostConfig.SecurityOpt[1]",
			"no profile",
			takeOut(`'.[0].HostConfig.SecurityOpt[1] | sub("^seccomp="; "")'`),
		],
		[
			"an object of the security-profiles-operator",
			{ apiVersion: "security-profiles-operator.x-k8s.io/v1beta1", kind: "SeccompProfile", spec: profile },
			"spec",
			"a SeccompProfile of Kubernetes",
			takeOut(".spec"),
		],
	])("%s is told so, once, with what takes it out", (_, value, words, what, remedy) => {
		const [first, ...others] = said(JSON.stringify(value)) as { where: string }[];
		expect([first, others]).toEqual([
			{
				code: "SECCOMP_PROFILE_INVALID",
				where: expect.stringMatching(/^\/etc\/p\.json:1:\d+ /),
				message: `the file is ${what}: the profile is what stands here`,
				remedy,
			},
			[],
		]);
		expect(first?.where.replace(/^\S+ /, "")).toBe(words);
	});

	it("a Pod's word for one is no profile", () => {
		expect(said('{"type": "Localhost", "localhostProfile": "profiles/a.json"}')).toEqual([
			{
				code: "SECCOMP_PROFILE_INVALID",
				where: "/etc/p.json:1:43 localhostProfile",
				message: "this only names a profile, which lies on the node below /var/lib/kubelet/seccomp",
				remedy: ["put that file into the image, and name it here"],
			},
		]);
	});

	it.each(["---\n", "# of the app\n\n", "", "%YAML 1.2\n---\n"])("YAML that begins with %j is no JSON", (start) => {
		const text = `${start}apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\nspec:\n  defaultAction: SCMP_ACT_ERRNO\n`;
		expect(said(text, "/etc/a b.yaml")).toEqual([
			{
				code: "SECCOMP_PROFILE_SYNTAX",
				where: "/etc/a b.yaml:1:1",
				message: "this is a SeccompProfile of Kubernetes in YAML: the profile is what stands below spec, as JSON",
				remedy: ["make JSON of it, and name the new file: yq -o json .spec '/etc/a b.yaml' > profile.json"],
			},
		]);
		expect(said(`${start}defaultAction: SCMP_ACT_ERRNO\n`)).toEqual([
			{
				code: "SECCOMP_PROFILE_SYNTAX",
				where: "/etc/p.json:1:1",
				message: "this is YAML, and a profile is JSON",
				remedy: ["make JSON of it, and name the new file: yq -o json . /etc/p.json > profile.json"],
			},
		]);
	});

	it("what is a profile, or nothing like one, is read as before", () => {
		expect(said(JSON.stringify({ ...profile, comment: JSON.stringify(profile) }))).toBeUndefined();
		expect(said('{"defaultAction": "SCMP_ACT_ERRNO", "seccomp": {"defaultAction": "x"}}')).toMatchObject([
			{ message: 'unknown key "seccomp"' },
		]);
		expect(said('{"syscalls": []}')).toMatchObject([{ message: "the key defaultAction is missing" }]);
		expect(said("{defaultAction: 1}")).toMatchObject([{ code: "SECCOMP_PROFILE_SYNTAX", where: "/etc/p.json:1:2" }]);
	});
});
