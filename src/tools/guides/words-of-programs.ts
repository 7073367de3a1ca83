import type { WordGuide } from "./word.ts";

/** Programs that people bring into a container, and what becomes of them here. */
export const wordsOfPrograms: Readonly<Record<string, WordGuide>> = {
	sshd: {
		is: "lets people in, and becomes whom they are: as root, with SETUID, SETGID, CHOWN and SYS_CHROOT",
		here: "user: root, and these kept; as another user, on a port from 1024 on, it lets in that user alone. To look into a container: docker exec",
	},
	cron: {
		also: ["crond", "crontab"],
		is: "runs each job as its user: as root, with SETUID and SETGID",
		here: "user: root, and these kept. Jobs of the workload's user alone take none of it: supercronic, or a CronJob of Kubernetes",
	},
	sudo: {
		also: ["su", "doas", "runuser"],
		is: "runs a command as another user; who is not root becomes it by the set-user-ID bit",
		here: "user: app in place of su app in an entrypoint, run: {user: app} in a step; to become root is refused: no_new_privileges. abdicate explain set-user-ID",
	},
	systemd: {
		also: ["s6-overlay", "s6", "supervisord", "/sbin/init"],
		is: "starts several programs and looks after them; systemd and s6-overlay have to be PID 1",
		here: "those without init:, which would be PID 1. For one helper beside the workload: run: {background: true}",
	},
};
