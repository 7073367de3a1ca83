import { endingAs } from "../common/ends.ts";
import { leaveWithInit } from "../common/leave-with-init.ts";
import { print } from "../common/print.ts";
import { printedBy } from "./prints.ts";
import { dumbInitResident } from "./resident.ts";
import { parseDumbInit } from "./wish.ts";

const ends = { usage: 1, refused: 1, notFound: 2, notExecutable: 2 };

export const dumbInit = endingAs(ends, (host, name, args) => {
	const wish = parseDumbInit(name, args, host.environ());
	return typeof wish === "string"
		? print(host, 2, printedBy(name, wish))
		: leaveWithInit(host, ends, { name, command: wish.command, resident: dumbInitResident(name, wish), tellsOfStart: wish.isVerbose });
});
