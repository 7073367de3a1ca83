import { expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { debian } from "../harness/images.ts";

const inHouse = (script: string) => runHouse({ image: debian, entrypoint: "bash", args: ["-c", script] });

it("as tini every status comes through, and each can be 0 instead", async () => {
	const { stdout } = await inHouse(`
		for n in {0..255}; do
			/abdicate as tini -s -- bash -c "exit $n"; plain=$?
			/abdicate as tini -s -e $n -- bash -c "exit $n"; mapped=$?
			/abdicate as tini -s $(for other in {0..255}; do [ $other = $n ] || echo "-e $other"; done) -- bash -c "exit $n"; others=$?
			echo "$n $plain $mapped $others"
		done`);
	expect(stdout.trim().split("\n")).toEqual([...Array(256).keys()].map((number) => `${number} ${number} 0 ${number}`));
});

it("as tini with -p SIGKILL nothing outlives the parent, neither the init nor the program", async () => {
	const { stdout } = await inHouse(`
		bash -c '/abdicate as tini -s -p SIGKILL -- sleep 61 & until pgrep -x sleep; do :; done >/dev/null; kill -KILL $$'
		for try in {1..200}; do pgrep -x "sleep|tini" >/dev/null || { echo gone; break; }; read -t .02 <> <(:); done`);
	expect(stdout).toBe("gone\n");
});

it("as tini with -p SIGTERM the program is told when the parent ends", async () => {
	const { stdout } = await inHouse(`
		bash -c '/abdicate as tini -s -p SIGTERM -- bash -c "trap \\"echo told >/said; exit\\" TERM; echo up >/up; while :; do read -t .02 <> <(:); done" & until [ -e /up ]; do :; done; kill -KILL $$'
		for try in {1..200}; do [ -s /said ] && break; read -t .02 <> <(:); done; cat /said`);
	expect(stdout).toBe("told\n");
});

it("as dumb-init a script names it in its first line", async () => {
	const { stdout, status } = await inHouse(`
		ln -s /abdicate /bin/dumb-init
		printf '#!/bin/dumb-init /bin/sh\\necho "$1"; exit 3\\n' >/script; chmod 755 /script
		/script word`);
	expect({ stdout, status }).toEqual({ stdout: "word\n", status: 3 });
});

it("as tini shows the licence of this program", async () => {
	const { stdout, status } = await inHouse("/abdicate as tini -l");
	expect({ status, names: /Apache License, Version 2\.0/.test(stdout) }).toEqual({ status: 0, names: true });
});
