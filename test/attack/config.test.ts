import { expect, it } from "vitest";
import { inHouse, rounds } from "./harness/house.ts";

/** In a sticky directory a link to a file of root's and a plain file of one's own take turns, so that each look may see another. */
const attack = `
	chdir "/tmp" or die;
	for (;;) {
		symlink "/opt/chosen.yaml", "link"; rename "link", "c.yaml";
		open my $own, ">", "own"; close $own; rename "own", "c.yaml";
	}
`;
/** Looks at the opened file, and then at the way by its names. */
const naive = `
	for (my $round = 0; $round < $ENV{ROUNDS}; $round++) {
		open my $file, "<", "/tmp/c.yaml" or next;
		my $window = -l "/tmp/c.yaml";
		next if (stat $file)[4] != 0;
		$seen++;
		next if -l "/tmp/c.yaml";
		$taken++;
	}
	print $taken > 0 ? "taken" : "never", "\\n";
	print STDERR "$seen windows\\n";
`;

it("rule 9.3: a configuration is the file that was looked at, while its name changes hands", async () => {
	const script = (work: string) => `
		echo '{user: root, command: {default: [echo, chosen]}}' > /opt/chosen.yaml
		app perl -e '${attack}' & attacker=$!
		until [ -e /tmp/c.yaml ]; do :; done
		${work}
		kill -KILL $attacker
	`;
	const number = rounds(400);
	const ours = await inHouse(
		script(
			`for ((i = 0; i < ${number}; i++)); do /abdicate -c /tmp/c.yaml || true; done 2>&1 | sed -E 's/.*(chosen$|belongs to uid 1000|cannot be opened: E[A-Z]*|INTERNAL).*/\\1/' | sort | uniq -c`,
		),
		{ seconds: 60 + number / 50 },
	);
	const lines = ours.stdout
		.trim()
		.split("\n")
		.filter((line) => !line.includes("chown"));
	const told = lines.map((line) => line.trim().replace(/^\d+ /, ""));
	expect(told.filter((line) => line !== "belongs to uid 1000" && line !== "cannot be opened: ESTALE")).toEqual([]);
	const met = Number(
		lines
			.find((line) => line.includes("belongs"))
			?.trim()
			.split(" ")[0],
	);
	expect(met).toBeGreaterThan(number / 2);
	console.log(`tried: ${number} starts with a configuration whose name changed hands; ${met} saw the attacker's`);
	const careless = await inHouse(script(`ROUNDS=${number * 100} perl -e '${naive}'`), { seconds: 60 });
	expect(careless.stdout).toBe("taken\n");
}, 120_000);

it("rule 9.1: the configuration of the next start is not given away, whatever it is called", async () => {
	const rewrite = "cd /opt/conf && echo '{user: root, command: {default: [id, -u]}}' > new && mv -f new app.yaml";
	const script = (work: string) => `
		mkdir -p /opt/conf; cd /opt/conf
		start() { printf '{user: app, setup: [%s]}' "$1" > app.yaml; "\${@:2}" -- sh -c "${rewrite}" 2>&1 | grep -o 'not given away' || true; stat -c %u /opt/conf app.yaml | xargs; }
		${work}
	`;
	const steps = ["own: /opt/conf", "own: /opt/conf/app.yaml", "own: /opt/c*", "own: /proc/self/root/opt/conf"];
	const ours = await inHouse(
		script(
			steps
				.map((step) => `start '{${step}}' /abdicate -c /opt/conf/app.yaml`)
				.concat("start '{file: {path: /opt/conf/app.yaml, content: x}}' /abdicate -c app.yaml")
				.join("\n"),
		),
		{ seconds: 60 },
	);
	expect(ours.stdout.trim().split("\n")).toEqual([...steps, "file"].flatMap(() => ["not given away", "0 0"]));
	const careless = await inHouse(
		script(
			`echo '{user: app, setup: [{run: {command: [/bin/chown, app, /opt/conf], user: root, capabilities: [CHOWN]}}]}' > app.yaml; /abdicate -c /opt/conf/app.yaml -- sh -c "${rewrite}"; cat app.yaml`,
		),
		{ seconds: 60 },
	);
	expect([careless.stdout, careless.stderr]).toEqual([expect.stringContaining("user: root"), ""]);
});
