import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/report/codes.ts";
import { type ErrorExample, errorExamples } from "../../src/tools/guides/error-examples.ts";
import { type HouseOptions, runHouse } from "../harness/house/run.ts";
import { busybox } from "./harness/images.ts";

/** What makes the place that an example names, here. */
const places: Readonly<Partial<Record<ErrorCode, Partial<HouseOptions>>>> = {
	CALL_REFUSED: { without: { "prctl PR_CAP_AMBIENT": "EINVAL" } },
	LANDLOCK_UNAVAILABLE: { without: { landlock_create_ruleset: "EOPNOTSUPP" } },
	LIMIT_REFUSED: { flags: ["--ulimit=nofile=1024:1024"] },
	ID_UNMAPPED: { caps: { add: ["ALL"] } },
};

/** Of `--cap-drop ALL --cap-add SETUID`. */
function flagsIn(line: string): string[] {
	return [...line.matchAll(/--(cap-\w+) (\w+)/g)].map(([, flag, name]) => `--${flag}=${name}`);
}

/** The codes that a start with it gives: a configuration, a line of a shell, flags of a runtime, or a RUN before the start. */
async function codesOf(code: ErrorCode, text: string, isAlone: boolean): Promise<readonly string[]> {
	const isCommand = /^(?:abdicate|RUN|docker run|unshare|timeout|chmod|echo) ?/.test(text);
	const config = isCommand ? "user: app" : isAlone ? text : `user: app\n${text}`;
	const line = text.startsWith("docker run") ? "" : text.replace(/^RUN /, "");
	const starts = isCommand && /\babdicate\b/.test(line.replaceAll("chmod 700 /abdicate", "").replaceAll("chmod 755 /abdicate", ""));
	const script = `mkdir /bin2; ln -s /abdicate /bin2/abdicate; PATH=$PATH:/bin2
printf '%s\\n' "$CONFIG" >/etc/entrypoint.yaml; chmod 644 /etc/entrypoint.yaml; unset CONFIG
${isCommand ? line : ":"}
${starts ? "" : "abdicate -- true"}`;
	const { stderr } = await runHouse({
		image: busybox,
		entrypoint: "sh",
		args: ["-c", script],
		...places[code],
		env: { CONFIG: config },
		...(text.startsWith("docker run") ? { flags: flagsIn(text) } : {}),
	});
	return [...stderr.matchAll(/error\[(\w+)\]/g)].map(([, each]) => each ?? "");
}

const examples = Object.entries(errorExamples) as [ErrorCode, ErrorExample][];

describe("the example of an error code", () => {
	const written = examples.flatMap(([code, example]) =>
		typeof example === "string" ? [] : [{ code, wrong: example[0], right: example[1] }],
	);

	it.each(written)("$code: the wrong one gives it, and the corrected one does not", async ({ code, wrong, right }) => {
		// What names its own user, in either form, is the whole file.
		const isAlone = right.startsWith("user:");
		const [ofWrong, ofRight] = [await codesOf(code, wrong, isAlone), await codesOf(code, right, isAlone)];
		expect([new Set(ofWrong), ofRight]).toEqual([new Set([code]), []]);
	});

	it("is a text alone where no file and no command line gives it everywhere", () => {
		expect(examples.flatMap(([code, example]) => (typeof example === "string" ? [code] : []))).toEqual([
			...["SECUREBIT_UNKNOWN", "INIT_FAILED", "MOUNT_HIDDEN", "PROCESS_LEFT", "VERIFY_FAILED", "LABEL_UNAVAILABLE", "LABEL_REFUSED"],
			...["SECCOMP_FILTER_TOO_LARGE", "SECCOMP_NOT_STORED", "SECCOMP_STORED_DIFFERS", "NOT_FORMATTED", "FILE_NOT_WRITTEN", "INTERNAL"],
		]);
	});
});
