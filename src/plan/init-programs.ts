import { baseName } from "../files/path-text.ts";

/** Programs that are there to be the first process, and do all this themselves, by their names and by paths. */
const names = ["systemd", "s6-svscan", "s6-overlay-suexec", "runit-init", "openrc-init", "finit", "shepherd"];
const paths = ["/init", "/sbin/init", "/usr/sbin/init", "/bin/init", "/etc/init"];

/** Of a command's first word, and of the path that it stands for. */
export const isInitProgram = (word: string, path = word): boolean =>
	names.includes(baseName(word)) || (word.includes("/") && paths.includes(path));
