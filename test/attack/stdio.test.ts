import { expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

/** What goes on beyond the container, or has a name of its own. */
const kinds = {
	"the kernel's log": "mknod /dev/subject c 1 11",
	"a device of the machine": "mknod /dev/subject c 1 5",
	"the maker of terminals": "mkdir /dev/pts; mount -t devpts -o newinstance devpts /dev/pts; mknod /dev/subject c 5 2",
	"a FIFO of root": "mkfifo /dev/subject",
	"a file of root": "touch /dev/subject",
} as const;
const subject = (make: string) => `
	${make}
	chmod 600 /dev/subject
	config <<< '{user: app}'
`;

it.each(Object.entries(kinds))("rule 9.6: %s stays root's when it is standard input", async (_, make) => {
	const { status, stdout } = await inHouse(`
		${subject(make)}
		exec 7<>/dev/subject
		/abdicate -- true <&7 7<&-
		stat -c '%u' /dev/subject
	`);
	expect([status, stdout]).toEqual([0, "0\n"]);
});

it.each(Object.entries(kinds))("rule 9.6: control: %s is given away by chown", async (_, make) => {
	const { stdout } = await inHouse(`
		${subject(make)}
		exec 7<>/dev/subject
		chown 1000 /proc/self/fd/0 <&7
		stat -c '%u' /dev/subject
	`);
	expect(stdout).toBe("1000\n");
});

it("rule 9.6: a pipe and a pseudo-terminal of root are the workload's, and can be opened again", async () => {
	const { stdout } = await inHouse(`
		config <<< '{user: app}'
		mkdir -p /dev/pts
		mount -t devpts -o newinstance,ptmxmode=666,mode=600 devpts /dev/pts
		ln -sf pts/ptmx /dev/ptmx
		echo piped | /abdicate -- sh -c 'stat -Lc %u /dev/stdin; cat /dev/stdin; echo opened >/dev/stdout' | cat
		script -qec "/abdicate -- sh -c 'stat -Lc %u /dev/stdin; echo opened >/dev/stdout'" /dev/null </dev/null | tr -d '\\r'
	`);
	expect(stdout).toBe("1000\npiped\nopened\n1000\nopened\n");
});

it("rule 9.6: a terminal of a third user stays whose it is", async () => {
	const { stdout } = await inHouse(`
		config <<< '{user: app}'
		mkdir -p /dev/pts
		mount -t devpts -o newinstance,ptmxmode=666,mode=600 devpts /dev/pts
		ln -sf pts/ptmx /dev/ptmx
		script -qec "chown 1001 \\$(tty); /abdicate -- true; stat -Lc %u /dev/stdin" /dev/null </dev/null | tr -d '\\r'
	`);
	expect(stdout).toBe("1001\n");
});
