import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { runHost } from "../harness/host.ts";
import { busybox, scratch } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stateOf, stepLines, volume } from "./volume.ts";

/** Certificates a to c, each with its key, of which c is for localhost. */
const made = volume(
	["a", "b", "c"]
		.map(
			(name) =>
				`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=${name} -addext subjectAltName=DNS:localhost -keyout ${name}.key -out ${name}.crt 2>/dev/null`,
		)
		.join("; "),
);
const pem = (name: string) => readFileSync(join(made, `${name}.crt`), "utf8");
const [a, b, c] = [pem("a"), pem("b"), pem("c")];

/** The content of a directory to be mounted, file by file. */
function directory(files: Readonly<Record<string, string>>, script = "true"): string {
	const path = volume("true");
	for (const [name, content] of Object.entries(files)) {
		writeFileSync(join(path, name), content);
	}
	execFileSync("sh", ["-euc", script], { cwd: path });
	return path;
}

const system = directory({ "ca-certificates.crt": `# Mozilla\n${a}` });
const asSystem = `${join(system, "ca-certificates.crt")}:/etc/ssl/certs/ca-certificates.crt:ro`;

function certificates(step: unknown, more: Partial<ContainerOptions> = {}) {
	return runHouse({
		image: busybox,
		config: { user: "app", setup: [{ ca_certificates: step }] },
		args: ["-v", "--", "sh", "-c", 'cat "$SSL_CERT_FILE"'],
		...more,
		volumes: [asSystem, ...(more.volumes ?? [])],
	});
}

async function errorOf(step: object, more: Partial<ContainerOptions> = {}) {
	const { status, stdout, stderr } = await certificates({ bundle: "/tmp/ca.crt", ...step }, more);
	return [status, stdout, /error\[\w+\].*/.exec(stderr)?.[0].split(": ").slice(1).join(": ")];
}

const variables = ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "AWS_CA_BUNDLE"];
const shown = "env | grep -E '_CERT|_CA_|_CAINFO|_BUNDLE' | sort";

describe("ca_certificates", () => {
	it.each<[string, Partial<ContainerOptions>]>([
		["as root", {}],
		[
			"as the user without any capability on a read-only file system",
			{
				user: "1000:1000",
				caps: { drop: ["ALL"] },
				flags: ["--read-only", "--tmpfs=/tmp"],
			},
		],
	])("joins the system's, a file's and a variable's, each once, started %s", async (_, more) => {
		const extra = directory({ "b.crt": `text\r\n${b.replaceAll("\n", "\r\n")}${a}` });
		const { status, stdout, stderr } = await certificates(
			{ bundle: "/tmp/ca.crt", extra: { paths: ["/extra/b.crt", "/extra/none*"], env: ["EXTRA_CA", "ABSENT"] } },
			{ env: { EXTRA_CA: c }, volumes: [`${extra}:/extra:ro`], ...more },
		);
		expect([status, stdout, ...stepLines(stderr)]).toEqual([
			0,
			a + b + c,
			"changed  setup[0] ca_certificates /tmp/ca.crt with /extra/b.crt /extra/none* $EXTRA_CA, after the drop: 1 of the system and 2 extra",
		]);
	});

	it("is content with a bundle that is right already, and replaces one that others could change", async () => {
		const data = volume("chmod 777 .");
		const step = { bundle: "/data/ca.crt", extra: { env: "EXTRA_CA" } };
		const more = { env: { EXTRA_CA: b }, volumes: [`${data}:/data`] };
		const state = async () => stepLines((await certificates(step, more)).stderr).map((line) => line.split(" ")[0]);
		expect([await state(), await state()]).toEqual([["changed"], ["ok"]]);
		execFileSync("chmod", ["666", join(data, "ca.crt")]);
		expect([await state(), stateOf(data, "ca.crt"), readdirSync(data)]).toEqual([["changed"], "1000:1000 0644", ["ca.crt"]]);
		writeFileSync(join(data, "ca.crt"), b);
		writeFileSync(join(data, ".abdicate-new-1-1-0"), "left by an interrupted run");
		expect([await state(), readFileSync(join(data, "ca.crt"), "utf8"), readdirSync(data)]).toEqual([["changed"], a + b, ["ca.crt"]]);
	});

	it("points the workload to the bundle, and leaves alone what points elsewhere already", async () => {
		const step = { bundle: "/tmp/ca.crt" };
		const args = ["--", "sh", "-c", shown];
		expect((await certificates(step, { args })).stdout.trim().split("\n").sort()).toEqual(
			variables.map((name) => `${name}=/tmp/ca.crt`).sort(),
		);
		const env = { SSL_CERT_FILE: "/data/own.crt", CURL_CA_BUNDLE: "/mine" };
		const volumes = [`${directory({ "own.crt": b })}:/data:ro`];
		const { stdout } = await certificates(step, { args: ["--", "sh", "-c", `${shown}; cat $SSL_CERT_FILE`], env, volumes });
		const lines = variables.map((name) => `${name}=${name === "CURL_CA_BUNDLE" ? "/mine" : "/tmp/ca.crt"}`).sort();
		expect(stdout).toBe(`${lines.join("\n")}\n${b}`);
		expect((await certificates({ ...step, export: ["CURL_CA_BUNDLE"] }, { args, env: { CURL_CA_BUNDLE: "/mine" } })).stdout).toBe(
			"CURL_CA_BUNDLE=/tmp/ca.crt\n",
		);
	});

	it("takes a directory as secrets are mounted, with links, and a system's bundle that is named or none", async () => {
		const secret = directory({ "key.pem.txt": "no" }, "mkdir ..data; ln -s ..data/ca.crt ca.crt; chmod 1777 .");
		writeFileSync(join(secret, "..data/ca.crt"), c);
		const volumes = [`${secret}:/secret:ro`, `${directory({ "own.pem": b })}:/own:ro`];
		const step = { bundle: "/tmp/ca.crt", extra: "/secret" };
		expect((await certificates({ ...step, system: "none" }, { volumes })).stdout).toBe(c);
		expect((await certificates({ ...step, system: "/own/own.pem" }, { volumes })).stdout).toBe(b + c);
	});

	it("exports nothing when its condition does not hold", async () => {
		const entry = { ca_certificates: { bundle: "/tmp/ca.crt" }, when: { env: "EXTRA_CA" } };
		const config = { user: "app", setup: [entry] };
		expect((await certificates(null, { config, args: ["--", "sh", "-c", `${shown}; ls /tmp`] })).stdout).toBe("");
		const warn = { user: "app", setup: [{ ...entry, on_error: "warn" }] };
		const { status, stderr } = await certificates(null, { config: warn });
		expect([status, /error.*/.exec(stderr)?.[0]]).toEqual([
			125,
			"error[CONFIG_CONFLICT] /etc/entrypoint.yaml:1:43 setup[0].ca_certificates: a ca_certificates step cannot go on without what it makes: on_error: warn is not for it",
		]);
	});

	it("works in an empty image, and its plan shows no value", async () => {
		const setup = [{ ca_certificates: { bundle: "/tmp/ca.crt", extra: { env: "EXTRA_CA" } } }];
		const config = { user: "1000:1000", setup };
		const more = { image: scratch, config, env: { EXTRA_CA: b } };
		expect((await runHouse({ ...more, args: ["--", "/probe", "exit", "5"] })).status).toBe(5);
		const { stdout } = await runHouse({ ...more, args: ["plan", "--format", "json", "--", "/probe"] });
		expect([stdout.includes("BEGIN CERTIFICATE"), JSON.parse(stdout).setup[0].action.variableChange.set.SSL_CERT_FILE]).toEqual([
			false,
			"/tmp/ca.crt",
		]);
	});

	it("makes a real client trust a server that it did not trust", async () => {
		const serve = `openssl s_server -quiet -accept 4433 -cert ${made}/c.crt -key ${made}/c.key -www >/dev/null 2>&1 & server=$!`;
		const ask =
			"curl -s -o /dev/null --retry 100 --retry-connrefused --retry-delay 0 --retry-max-time 10 https://localhost:4433/; status=$?";
		const run = (setup: readonly object[]) =>
			runHost({
				config: { user: "root", setup },
				env: { EXTRA_CA: c },
				wrapper: ["sh", "-c", 'ip link set lo up; exec "$@"', "sh"],
				args: ["--", "sh", "-c", `${serve}; ${ask}; kill $server; exit $status`],
			});
		const bundle = join(volume("true"), "ca.crt");
		const distrusted = 60;
		const others = { bundle, system: "none", extra: join(made, "a.crt") };
		expect((await run([{ ca_certificates: others }])).status).toBe(distrusted);
		expect((await run([{ ca_certificates: { ...others, extra: { paths: others.extra, env: "EXTRA_CA" } } }])).status).toBe(0);
		expect(readFileSync(bundle, "utf8")).toBe(a + c);
	});
});

describe("ca_certificates when something is wrong", () => {
	const key = readFileSync(join(made, "a.key"), "utf8");

	it.each([
		["a private key", b + key, "it holds a private key"],
		["a damaged certificate", b.replace("MII", "MIJ"), "certificate 1 in it is damaged"],
		["no certificate", "-", "there is no certificate in it"],
		["half a certificate", b.slice(0, 200), "a block in it has no end"],
	])("refuses %s, and writes nothing", async (_, content, why) => {
		const [status, stdout, message] = await errorOf({ extra: { env: "EXTRA_CA" } }, { env: { EXTRA_CA: content } });
		expect([status, stdout, message]).toEqual([125, "", `the variable "EXTRA_CA": ${why}`]);
		const volumes = [`${directory({ "x.crt": content })}:/extra:ro`];
		expect(await errorOf({ extra: "/extra/x.crt" }, { volumes })).toEqual([125, "", `"/extra/x.crt": ${why}`]);
	});

	it("says what the user cannot read", async () => {
		const volumes = [`${directory({ closed: b }, "chmod 600 closed; mkfifo fifo; truncate -s 5M large")}:/extra:ro`];
		const message = async (step: object) => (await errorOf(step, { volumes }))[2];
		expect(await message({ extra: "/extra/absent" })).toBe('"/extra/absent" cannot be read by the user: ENOENT: there is no such file');
		expect(await message({ extra: "/extra/closed" })).toBe(
			'"/extra/closed" cannot be read by the user: EACCES: its mode, or that of a directory above it, is closed to who reads it here',
		);
		expect(await message({ extra: "/extra/fifo" })).toBe('"/extra/fifo" cannot be read by the user: it is no regular file');
		expect(await message({ extra: "/extra/large" })).toBe('"/extra/large" cannot be read by the user: it is larger than 1 MiB');
		const hidden = [`${directory({ "b.crt": b }, "chmod 711 .")}:/extra:ro`];
		for (const extra of ["/extra", "/extra/*.crt"]) {
			expect((await errorOf({ extra }, { volumes: hidden }))[2]).toBe(
				'"/extra" cannot be read by the user: EACCES: its mode, or that of a directory above it, is closed to who reads it here',
			);
		}
		expect(await message({ system: "/extra/absent" })).toBe('"/extra/absent" cannot be read by the user: ENOENT: there is no such file');
		expect(await message({ system: "none" })).toBe(
			"there is no certificate to write: the system has no bundle, and nothing extra is there",
		);
	});

	it("says where the user cannot write", async () => {
		expect(await errorOf({ bundle: "/etc/ca.crt" })).toEqual([
			125,
			"",
			'the user cannot write "/etc/ca.crt": open: EACCES: its permissions, those of a directory above it, or a security module do not allow it',
		]);
		expect(await errorOf({ bundle: "/absent/ca.crt" })).toEqual([
			125,
			"",
			'the user cannot write "/absent/ca.crt": open: ENOENT: it does not exist, or a directory above it',
		]);
		const readOnly = [`${volume("chmod 777 .")}:/data:ro`];
		expect(await errorOf({ bundle: "/data/ca.crt" }, { volumes: readOnly })).toEqual([
			125,
			"",
			'the user cannot write "/data/ca.crt": open: EROFS: the file system is mounted read-only',
		]);
	});

	it("follows no link where the bundle shall be", async () => {
		const data = volume("echo precious > file; ln -s file ca.crt; ln -s file .abdicate-new-1-1-0; chmod 777 . ; chmod 666 file");
		const { status, stdout } = await certificates({ bundle: "/data/ca.crt" }, { volumes: [`${data}:/data`] });
		expect([status, stdout, readFileSync(join(data, "file"), "utf8"), stateOf(data, "ca.crt")]).toEqual([
			0,
			a,
			"precious\n",
			"1000:1000 0644",
		]);
	});

	it.each([{}, { bundle: "relative" }, { bundle: "/x", extra: { path: "/y" } }, { bundle: "/x", export: ["A=B"] }])(
		"refuses %j",
		async (step) => {
			const { status, stdout } = await certificates(step);
			expect([status, stdout]).toEqual([125, ""]);
		},
	);
});
