import type { WordGuide } from "./word.ts";

/** What people meet on volumes and networks, in the words that their logs have. */
export const wordsOfVolumes: Readonly<Record<string, WordGuide>> = {
	noexec: {
		is: "a mount from which nothing is executed, as Docker's --tmpfs is unless told otherwise: EACCES",
		here: "docker run --tmpfs /path:exec; of a mount step: options: [exec]; or keep the program elsewhere. A script may still be read: command: [sh, /path/x]",
		see: "mount(8)",
	},
	"root squash": {
		also: ["root_squash", "no_root_squash", "NFS", "nfs"],
		is: "a server that takes root of a client for nobody, so that chown is refused whatever is held",
		here: "own and mkdir do it over as the user where that may; else give the files their owner on the server, or export with no_root_squash",
		see: "exports(5)",
	},
	inode: {
		also: ["inodes", "nr_inodes"],
		is: "what a file takes beside its content; a file system may have none left while there is room: df -i",
		here: "docker run --tmpfs /path:nr_inodes=100k; on a disk a file system made with more, or fewer files",
	},
	nobody: {
		also: ["65534", "overflowuid", "nogroup"],
		is: "uid 65534: in a user namespace also what each owner looks like that has no number there",
		here: "a volume of such an owner cannot be changed by anybody inside: chown it on the host to an id of /proc/self/uid_map",
		see: "user_namespaces(7)",
	},
	DNS: {
		also: ["dns", "resolv.conf", "name resolution"],
		is: "names of machines, asked of the servers in /etc/resolv.conf; with Docker containers know each other by name only on a network of their own",
		here: "wait_for: {tcp: db:5432, timeout: 60s} waits for the name too; docker network create N, and --network N for both",
	},
	crlf: {
		also: ["CRLF", "\\r", "carriage return", "dos2unix", "bad interpreter"],
		is: "line ends of Windows: the carriage return belongs to the last word of the line, so that #!/bin/sh names a program that is not there",
		here: "sed -i 's/\\r$//' FILE; in git: *.sh text eol=lf in .gitattributes. An entrypoint.yaml may have them",
	},
	somaxconn: {
		is: "how many connections wait at most for a listener: net.core.somaxconn, a setting of the network namespace",
		here: "sysctl: {net.core.somaxconn: 4096}, which takes a writable /proc/sys; or docker run --sysctl net.core.somaxconn=4096",
		see: "listen(2)",
	},
};
