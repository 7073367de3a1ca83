import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A root of apt's own for one release of Debian, whatever this machine is: nothing of the machine's is read but where its packages come from. */
export interface AptRoot {
	readonly directory: string;
	readonly release: string;
}

/** Its lists are not there yet. */
export function makeAptRoot(directory: string, release: string): AptRoot {
	for (const each of ["state/lists/partial", "cache/archives/partial"]) {
		mkdirSync(join(directory, each), { recursive: true });
	}
	const source = `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror()} ${release} main\n`;
	writeFileSync(join(directory, "sources.list"), source);
	return { directory, release };
}

/** `apt-get` or `apt-cache` there. As root, it would hand a download to a user who may not write where it goes. */
export function apt({ directory }: AptRoot, program: "apt-get" | "apt-cache", args: readonly string[], cwd = directory): string {
	const settings = {
		"Dir::State": join(directory, "state"),
		"Dir::State::status": "/dev/null",
		"Dir::Cache": join(directory, "cache"),
		"Dir::Etc::sourcelist": join(directory, "sources.list"),
		"Dir::Etc::sourceparts": "-",
		"Acquire::Retries": "3",
		"Acquire::Languages": "none",
		"Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
		"APT::Sandbox::User": "root",
	};
	const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
	return execFileSync(program, ["-q", ...options, ...args], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Where this machine has its own release from. */
function mirror(): string {
	const [, own] = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync("/etc/os-release", "utf8")) ?? [];
	const targets = execFileSync("apt-get", ["indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"], {
		encoding: "utf8",
	});
	const [found] = targets.split("\n").filter((line) => line.endsWith(` ${own} main`));
	if (found === undefined) {
		throw new Error(`apt has no source of ${own} main on this machine`);
	}
	return found.split(" ")[0] ?? "";
}
