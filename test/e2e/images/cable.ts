import { execFileSync } from "node:child_process";
import { type Container, startContainer } from "../harness/run.ts";

/** One end of a cable: a network of its own that holds nothing else. */
export interface End {
	/** What keeps the network while others come and go in it. */
	readonly container: Container;
	readonly network: `container:${string}`;
	readonly address: string;
}

const run = (file: string, ...args: readonly string[]) => execFileSync(file, args, { encoding: "utf8", stdio: "pipe" });

/** Two networks and a virtual cable between them; it goes with the containers. */
export async function cable(image: string): Promise<[End, End]> {
	const sleeper = { image, entrypoint: "sleep", args: ["infinity"] };
	const [left, right] = [await startContainer(sleeper), await startContainer(sleeper)];
	const [leftPid, rightPid] = [left.pid().toString(), right.pid().toString()];
	run("ip", "link", "add", "eth0", "netns", leftPid, "type", "veth", "peer", "name", "eth0", "netns", rightPid);
	const end = (container: Container, pid: string, number: 1 | 2): End => {
		const address = `192.168.77.${number}`;
		const inNetwork = (...args: readonly string[]) => run("nsenter", "--net", "--target", pid, "ip", ...args);
		inNetwork("address", "add", `${address}/24`, "dev", "eth0");
		inNetwork("link", "set", "eth0", "up");
		return { container, network: `container:${container.id}`, address };
	};
	return [end(left, leftPid, 1), end(right, rightPid, 2)];
}
