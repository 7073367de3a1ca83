import { expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { inHouse } from "./harness/house.ts";

/** What somebody sees who reads this on a terminal: cursor up, erase line, erase all, carriage return; C1 as a terminal takes it. */
function screen(text: string): string[] {
	const lines: string[] = [""];
	let row = 0;
	for (const [part] of text.matchAll(/\r|\n|(?:\x1b\[|\x9b)\d*[A-Z]|[^\r\n\x1b\x9b]+|[\x1b\x9b]/g)) {
		const [, count = "", command] = /^(?:\x1b\[|\x9b)(\d*)([A-Z])$/.exec(part) ?? [];
		if (part === "\n") {
			row += 1;
			lines[row] ??= "";
		} else if (command === "A") {
			row = Math.max(0, row - Number(count || "1"));
		} else if (command === "K") {
			lines[row] = "";
		} else if (command === "J") {
			lines.fill("");
		} else if (command === undefined && part !== "\r") {
			lines[row] += part;
		}
	}
	return lines;
}

/** A step that the file would rather not have seen, and a name for the next that goes up and erases it. */
const hidden = "0 run    /opt/backdoor as uid 0";
const eraser = String.raw`\e[1A\e[2K`;

it("rule 9.10: the name of a step hides nothing from who reads the plan", async () => {
	const { stdout, status } = await inHouse(`
		config <<< '{user: app, setup: [{run: [/bin/echo, backdoor]}, {name: "${eraser}fine", mkdir: /run/app}]}'
		printf '%b\\n' '${hidden}' '${eraser}fine  mkdir /run/app'
		echo ====
		/abdicate plan -- /bin/true
	`);
	const [naive = "", plan = ""] = stdout.split("====\n");
	expect(screen(naive)).toEqual(["fine  mkdir /run/app", "", ""].slice(0, screen(naive).length));
	expect([status, screen(plan)]).toEqual([0, plan.split("\n")]);
	expect(
		plan
			.split("\n")
			.filter((line) => /^\d /.test(line))
			.map((line) => line.replaceAll(/ +/g, " ")),
	).toEqual([
		"0 run /bin/echo backdoor as uid 0 with no capability nothing",
		String.raw`1 mkdir "\x1b[1A\x1b[2Kfine": /run/app mode 0755 owner 1000:1000 CHOWN held`,
	]);
});

it("rule 9.10: a value with blanks is quoted in the plan, so that it says no more of the step", async () => {
	const { stdout } = await inHouse(`
		echo "naive: run /x as uid 7 with no capability as uid 0"
		config <<'END'
user: app
setup: [{run: ["/x as uid 7 with no capability"]}, {mkdir: '/srv/a mode 0700 owner 0:0" x'}]
END
		/abdicate plan -- /bin/true | grep '^[0-9] ' | tr -s ' '
	`);
	expect(stdout).toBe(
		[
			"naive: run /x as uid 7 with no capability as uid 0",
			'0 run "/x as uid 7 with no capability" as uid 0 with no capability "/x as uid 7 with no capability" does not exist FAILS',
			String.raw`1 mkdir "/srv/a mode 0700 owner 0:0\" x" mode 0755 owner 1000:1000 CHOWN held`,
			"1 problem: a run would refuse to start here (exit 125)",
			"",
		].join("\n"),
	);
});

it.each([
	["compose", String.raw`/dev/null\nprivileged: true\n#`, '"cap_drop: [ALL]\\ndevices:\\n  - $path\\n"'],
	["kubernetes", String.raw`/dev/null\nhostPID: true\n#`, '"# $path has to come from a device plugin.\\napiVersion: v1\\n"'],
])("rule 9.10: the path of a device adds no key to plan --format %s", async (format, path, template) => {
	const { stdout, status } = await inHouse(`
		printf -v path '%b' '${path}'
		printf '%b' ${template}
		for each in '${path}' /dev/null; do
			echo ====
			config <<< "{user: app, setup: [{require: {device: [\\"$each\\"]}}]}"
			/abdicate plan --format ${format} -- /bin/true || exit
		done
	`);
	const documents = (text: string) => parseAllDocuments(text).map((each) => each.toJS());
	const [[naive], [forged, ...more] = [], [harmless] = []] = stdout.split("====\n").map(documents) as [unknown[], unknown[]?, unknown[]?];
	const added = format === "compose" ? "privileged" : "hostPID";
	// No device of that name is there, so that no Pod could be started as the user either.
	expect([status, more, naive]).toEqual([0, [], expect.objectContaining({ [added]: true })]);
	const value = path.replaceAll("\\n", "\n");
	expect(forged).toEqual(format === "compose" ? { ...(harmless as object), devices: [`${value}:${value}:rw`] } : harmless);
});

it("rule 9.10: the path of a device is one word of the line of plan --format docker", async () => {
	const path = "/dev/x$(touch /tmp/pwned)`touch /tmp/pwned`'; touch /tmp/pwned; '";
	const { stdout } = await inHouse(
		`
		config <<< "{user: app, setup: [{require: {device: [\\"$DEVICE\\"]}}]}"
		docker() { printf '<%s>' "\${@: -1}"; [ -e /tmp/pwned ] && printf ' and more'; rm -f /tmp/pwned; echo; }
		eval "docker run --device $DEVICE:$DEVICE:rw"
		eval "docker run $(/abdicate plan --format docker -- /bin/true)"
	`,
		{ env: { DEVICE: path } },
	);
	const [naive, ours] = stdout.trimEnd().split("\n");
	expect([naive?.endsWith(" and more"), ours]).toEqual([true, `<${path}:${path}:rw>`]);
});

it("rule 9.10: a remedy that is pasted does what it says alone", async () => {
	const directory = "/data/$(touch pwned)";
	const { stdout } = await inHouse(
		`
		set +e
		chown 0:0 /data
		mkdir "$PLACE"
		echo 'user: app' > "$PLACE/entrypoint.yaml"
		chmod 666 "$PLACE/entrypoint.yaml"
		cd /tmp
		eval "chmod go-w $PLACE/entrypoint.yaml" 2> said; ls pwned; rm -f pwned
		remedy=$(/abdicate --config "$PLACE/entrypoint.yaml" -- /bin/true 2>&1 | grep '^  chmod go-w')
		eval "$remedy"; ls pwned 2> said
		stat -c %a "$PLACE/entrypoint.yaml"
	`,
		{ env: { PLACE: directory } },
	);
	expect(stdout).toBe("pwned\n644\n");
});

it("rule 9.10: what check reads cannot erase what check says", async () => {
	const { stdout, status } = await inHouse(`
		config <<< '{user: app, securebits: none, setup: [{name: "x", mkdir: /run/app, "${eraser}\\x9b2J": 1}]}'
		printf '%b\\n' 'warning: securebits is none' 'error: no key ${eraser}\\0302\\02332Jall is well'
		for format in text json sarif; do
			echo ====
			/abdicate check --no-image --format $format || true
		done
	`);
	const [naive = "", ...ours] = stdout.split("====\n");
	expect([status, screen(naive).filter((line) => line !== "")]).toEqual([0, ["all is well"]]);
	expect(ours.map((text) => [screen(text).length > 3, screen(text).join("\n") === text])).toEqual([
		[true, true],
		[true, true],
		[true, true],
	]);
	const keys = JSON.parse(ours[1] ?? "").map(({ key }: { readonly key: string }) => key);
	expect(keys).toContainEqual(expect.stringContaining("\u001b[1A\u001b[2K\u009b2J"));
});

it("rule 9.10: a process cannot rename itself out of what inspect prints", async () => {
	const { stdout } = await inHouse(`
		printf '%b' '${eraser}sh' > /tmp/name
		app bash -c 'exec -a "$(</tmp/name)" bash -c '"'"'printf %s "$(</tmp/name)" > /proc/self/comm; echo $$ > /tmp/pid; read < <(sleep 20)'"'" &
		until [ -s /tmp/pid ]; do :; done
		pid=$(</tmp/pid)
		echo before; cat /proc/$pid/comm
		app kill -0 "$pid"
		for options in "$pid" "$pid --tree" "$pid --score" "$pid --namespaces" "$pid --json" --all; do
			echo ====
			/abdicate inspect $options
		done
	`);
	const [naive = "", ...ours] = stdout.split("====\n");
	expect(screen(naive)).toEqual(["sh", "", ""].slice(0, screen(naive).length));
	expect(ours.map((text) => [screen(text).join("\n") === text, text.includes("[1A")])).toEqual(ours.map(() => [true, true]));
	expect(ours.length).toBe(6);
});

it("rule 9.10: a control of C1 reaches nobody who reads the log as JSON", async () => {
	const { stdout, stderr, status } = await inHouse(`
		config <<< '{user: app, setup: [{name: "a\\x9b2Jb\\u202e", mkdir: /run/app}]}'
		python3 -c 'import json; print("the line before\\n" + json.dumps({"step": "a\\x9b2Jb"}, ensure_ascii=False))'
		/abdicate -v --log-format=json -- /bin/true
	`);
	expect(screen(stdout).filter((line) => line !== "")).toEqual(['b"}']);
	const lines = stderr.trimEnd().split("\n");
	expect([
		status,
		stderr.match(/[\x7f-\x9f\u202e]/),
		lines.map((line) => JSON.parse(line).step).filter((step) => step !== undefined),
	]).toEqual([0, null, ["a\u009b2Jb\u202e mkdir /run/app mode 0755 owner 1000:1000", "drop"]]);
});

it("rule 9.10: tools repeat an argument on one line, whatever is in it", async () => {
	const { stdout } = await inHouse(`
		printf -v word '%b' '--\\e[2J\\nabdicate: all is well'
		echo before; echo "unknown option $word"
		for tool in check plan explain decode completion inspect run; do
			echo ====
			/abdicate $tool "$word" 2>&1 || true
			/abdicate $tool "\${word#--}" 2>&1 < /dev/null || true
		done
	`);
	const [naive = "", ...ours] = stdout.split("====\n");
	expect(screen(naive)).toContain("abdicate: all is well");
	expect(ours.map((text) => [screen(text).join("\n") === text, text.split("\n").includes("abdicate: all is well")])).toEqual(
		ours.map(() => [true, false]),
	);
	expect(ours.length).toBe(7);
});
