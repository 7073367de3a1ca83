// POST /NAME/NUMBER starts a job, GET / says what has come of all of them. Nobody here waits for a job.
"use strict";
const { spawn } = require("node:child_process");
const { createServer } = require("node:http");
const { readFileSync, readdirSync } = require("node:fs");

const results = "/srv/results";

createServer((request, response) => {
	const [, name, end] = /^\/([a-z0-9]+)\/([0-9]+)$/.exec(request.url) ?? [];
	if (request.method === "POST" && name !== undefined) {
		spawn("/app/job.sh", [name, end], { stdio: "ignore", detached: true });
		response.writeHead(202).end("started\n");
		return;
	}
	const files = readdirSync(results, { withFileTypes: true }).filter((entry) => entry.isFile());
	const lines = files.map(({ name: file }) => `${file}: ${readFileSync(`${results}/${file}`, "utf8")}`);
	response.end(lines.sort().join(""));
}).listen(8080, () => console.log("listening"));
