import type { WordGuide } from "./word.ts";

/** Words of a Dockerfile and of the values in it. */
export const wordsOfImages: Readonly<Record<string, WordGuide>> = {
	EXPOSE: {
		also: ["port", "ports", "--publish", "hostPort", "containerPort", "low port", "privileged port"],
		is: "Dockerfile: where the program listens, for who reads it; --publish opens it. Below 1024 bind(2) gets EACCES without NET_BIND_SERVICE, but in Docker's own networks (net.ipv4.ip_unprivileged_port_start)",
		here: "setup: [{listen: {tcp: 80}}] for a program that takes open sockets; else capabilities: {keep_if_present: [NET_BIND_SERVICE]}, or --publish 80:8080",
	},
	SHELL: {
		also: ["sh", "bash", "/bin/sh", "shell form"],
		is: "Dockerfile: what the words of RUN, CMD and ENTRYPOINT are given to that are not in brackets: /bin/sh -c",
		here: 'no shell lies between: ["PROGRAM", "ARGUMENT"]; where one is wanted, command: {default: [sh, -c, \'exec server "$$PORT"\']}',
	},
	ARG: {
		is: "Dockerfile: a variable of the build, which no start has",
		here: "ENV, or env: {default: {NAME: value}} in the file",
	},
	PATH: {
		also: ["executable file not found in $PATH", "command not found"],
		is: "the directories in which a program is looked for that is named without a slash; status 127 where none has it",
		here: "that of the workload, after env; its user has to reach them. abdicate explain COMMAND_NOT_FOUND",
	},
	interpolation: {
		also: ["${NAME}", "$$", "variable"],
		is: "in a value of the file, a variable of the start: ${NAME}, ${NAME:-default} where it is unset or empty, ${NAME:?message} to refuse that; ${@user.home} is a fact; $$ is one $",
		here: "what it brings stays one value. What env gives the workload, a shell in the command reads as $$NAME",
	},
	"docker exec": {
		also: ["kubectl exec", "docker-exec", "nsenter"],
		is: "starts a program in a container that runs, with the user and capabilities of its start: root's, mostly",
		here: "docker exec CONTAINER /abdicate enter -- COMMAND gives it those of the workload",
	},
	"--shm-size": {
		also: ["shm_size", "/dev/shm"],
		is: "Docker, Compose: how large /dev/shm is, 64 MB where it is not said; a program that needs more gets ENOSPC or SIGBUS",
		here: "the runtime's to give: docker run --shm-size 1g, Kubernetes emptyDir: {medium: Memory} at /dev/shm",
	},
	ConfigMap: {
		also: ["Secret", "configMap", "defaultMode"],
		is: "Kubernetes: files of root's with defaultMode (0644), or variables. The mount is read-only, so that chown and chmod get EROFS",
		here: "fsGroup gives them its group; for a mode or owner of its own, a copy: the steps secret: {from: {file: ...}} and file: {from: ...}",
	},
	preStop: {
		also: ["postStart", "lifecycle"],
		is: "Kubernetes: a command in the container before it is sent the signal to stop, as the container's user; its time counts in terminationGracePeriodSeconds",
		here: "abdicate enter -- COMMAND runs it as the workload. To send another signal: init: {signals: {TERM: QUIT}}",
	},
};
