import { execFileSync } from "node:child_process";
import { startHouse } from "../../harness/house/run.ts";
import { debian } from "../harness/images.ts";
import { volume } from "./volume.ts";

/** As the user that the tree is given to: a directory and a link out of the tree take turns under one name, and what was made is gone again. */
const attack = `
chdir "/data" or die;
mkdir "real"; symlink "/outside", "link";
for (my $made = 0; ; ) {
	# What a step made while the name was free would end the game; what has been given away of it goes, so that the tree stays small.
	if (lstat "a") {
		rename "a", "made" . $made++;
		for my $old (glob "made*") { unlink glob "$old/{*,.*,c/*,c/.*}"; rmdir for "$old/c", "$old/d/e", "$old/d", $old; }
	}
	rename "real", "a"; rename "a", "real";
	rename "link", "a"; rename "a", "link";
	rename "real", "a"; unlink "a/f", "a/c/one", "a/link", "a/socket", "a/zero", "a/key"; rmdir "a/c"; rmdir "a/d/e"; rmdir "a/d"; rename "a", "real";
}`;

/** Names, inodes, owners, modes, contents, and the time at which any of them changed last. */
export function stateOf(directory: string): string {
	const script = 'find "$1" -printf "%P %i %U:%G %m %n %s %C@\\n" | sort; find "$1" -type f -exec sha256sum {} + | sort';
	return execFileSync("sh", ["-euc", script, "state", directory], { encoding: "utf8" });
}

export const outside = () =>
	volume(
		"chmod 777 .; mkdir -m 777 sub d c; echo secret > secret; chmod 600 secret; ln secret sub/other; ln -s secret link; touch f c/one",
	);

export function startAttack(data: string, target: string) {
	return startHouse({
		image: debian,
		entrypoint: "perl",
		args: ["-e", attack],
		user: "1000:1000",
		volumes: [`${data}:/data`, `${target}:/outside`],
	});
}
