import { expect, it } from "vitest";
import { planDescriptors } from "../../../src/plan/descriptors.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const types: Readonly<Record<number, number>> = { 3: 0o040700, 4: 0o140777, 5: 0o100600, 6: 0o140777 };
const EBADF = 9;

function planned(fds: "listen" | "inherit", variables: Readonly<Record<string, string>>) {
	const { host } = new FakeKernel({
		process: dockerRoot(),
		overrides: {
			getpid: () => 1,
			fstat: (fd) =>
				types[fd] === undefined
					? -EBADF
					: { mode: types[fd], uid: 0, gid: 0, nlink: 1, size: 0, mtime: 0, ctime: 0, dev: "0:8", rdev: "0:0", ino: 1n },
		},
	});
	const given = new Map(Object.entries(variables));
	const environment = new Map(given);
	const notes: string[] = [];
	const plan = planDescriptors({ fds, opened: [], variables: given }, environment, host, notes);
	return [plan, Object.fromEntries(environment), notes];
}

const five = { LISTEN_PID: "1", LISTEN_FDS: "5", LISTEN_FDNAMES: "host:web:shadow:dns:gone" };
const closed = (fd: number, name: string) =>
	`descriptor ${fd} (${name}) is in LISTEN_FDS and no socket: it is closed; fds: inherit passes whatever is open`;

it("rule 9.6: sockets are kept with their names, and what is none is not", () => {
	expect(planned("listen", five)).toEqual([
		{ pass: "listen", inherited: [4, 6], opened: [] },
		{ LISTEN_PID: "1", LISTEN_FDS: "2", LISTEN_FDNAMES: "web:dns" },
		[closed(3, "host"), closed(5, "shadow"), closed(7, "gone")],
	]);
});

it("leaves everything where it is when told so", () => {
	expect(planned("inherit", five)).toEqual([{ pass: "inherit", inherited: [], opened: [] }, five, []]);
});

it("has no variable left where no socket is", () => {
	expect(planned("listen", { LISTEN_PID: "1", LISTEN_FDS: "1" })).toEqual([
		{ pass: "listen", inherited: [], opened: [] },
		{},
		[closed(3, "unknown")],
	]);
});
