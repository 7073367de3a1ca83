import { setpriv } from "../../../../src/cli/drop-ins/setpriv/setpriv.ts";
import { FakeKernel, type FakeProcess } from "../../../fake/index.ts";

const passwd = `root:x:0:0:root:/root:/bin/bash
app:x:1000:1000::/home/app:/bin/bash
toor:x:0:0::/toor:
bare:x:1003:1003::relative:
1234:x:1777:1777::/:/bin/sh
1000:x:0:0::/root:/bin/sh
huge:x:4294967296:1::/:/bin/sh
space:x: 1013:1013::/:/bin/sh
`;
const group = `root:x:0:
video:x:44:app
app:x:1000:
bad:x:oops:
`;

type Given = Omit<ConstructorParameters<typeof FakeKernel>[0], "process">;

export interface Ended {
	/** Of this program; undefined where the other one runs. */
	readonly status?: number;
	readonly stdout: string;
	/** Without our name. */
	readonly stderr: string;
	readonly kernel: FakeKernel;
	/** The program's. */
	readonly state?: FakeProcess;
	readonly environment?: readonly string[];
}

/** `setpriv WORD...` from a start, up to the program or its end. */
export async function run(process: FakeProcess, words: readonly string[], given: Given = {}): Promise<Ended> {
	const kernel = new FakeKernel({
		process,
		environment: ["PATH=/bin", "HOME=/root", "FOO=bar"],
		...given,
		overrides: { getFdFlags: () => 0, ...given.overrides },
		files: { "/etc/passwd": passwd, "/etc/group": group, "/bin/cmd": { mode: 0o755 }, "/proc/self/exe": { mode: 0o755 }, ...given.files },
	});
	const status = await setpriv(kernel.host, "setpriv", words);
	const written = (fd: number) =>
		kernel.output
			.filter((each) => each.startsWith(`${fd}: `))
			.map((each) => each.slice(3))
			.join("");
	// The program that has started is an error to who expects the call never to return.
	const stderr = written(2)
		.replaceAll("abdicate: ", "")
		.replace(/error\[INTERNAL\] setpriv: Error: \/bin\/.*/s, "")
		.trimEnd();
	const ended = { stdout: written(1), stderr, kernel };
	return kernel.workload === undefined
		? { ...ended, status }
		: { ...ended, state: kernel.workload.process, environment: kernel.workload.environment };
}
