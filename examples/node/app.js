// A small site, without a package: pages and themes lie in the content directory, what it is called comes from the environment.
"use strict";
const { createServer } = require("node:http");
const { readFileSync, readdirSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const { SITE_CONTENT: content, SITE_TITLE: title, SITE_THEME: theme, ADMIN_TOKEN: token, LISTEN_PID, LISTEN_FDS, PORT = "8080" } = process.env;

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const fileOf = (name) => join(content, "pages", `${name}.txt`);

function show(name) {
	const frame = readFileSync(join(content, "themes", theme, "page.html"), "utf8");
	const parts = { title, page: name, text: readFileSync(fileOf(name), "utf8").trimEnd() };
	return frame.replaceAll(/\{(\w+)\}/g, (_, part) => escape(parts[part] ?? ""));
}

/** Complete or not at all, also when the container is killed. */
function keep(name, text) {
	const temporary = join(content, "pages", `.${name}.new`);
	writeFileSync(temporary, text);
	renameSync(temporary, fileOf(name));
}

async function answer(request) {
	const [, name] = /^\/([a-z0-9-]*)$/.exec(request.url) ?? [];
	if (name === undefined) {
		return [404, "no such page\n"];
	}
	if (request.method === "GET") {
		const names = readdirSync(join(content, "pages")).filter((file) => /^[a-z0-9-]+\.txt$/.test(file));
		return [200, name === "" ? `${names.map((file) => file.slice(0, -4)).sort().join("\n")}\n` : show(name)];
	}
	if (request.method !== "PUT" || name === "") {
		return [405, "GET and PUT\n"];
	}
	if (token === undefined || request.headers.authorization !== `Bearer ${token}`) {
		return [403, "not for you\n"];
	}
	const chunks = await request.toArray();
	keep(name, Buffer.concat(chunks));
	return [201, "kept\n"];
}

const server = createServer(async (request, response) => {
	const [status, body] = await answer(request).catch((error) => (error.code === "ENOENT" ? [404, "no such page\n"] : [500, `${error.code}\n`]));
	response.writeHead(status, { "content-type": request.url === "/" ? "text/plain" : "text/html" }).end(body);
});
// sd_listen_fds(3): sockets from descriptor 3 on, if they are meant for this process.
const isHandedOver = LISTEN_PID === String(process.pid) && Number(LISTEN_FDS) >= 1;
server.listen(isHandedOver ? { fd: 3 } : { port: Number(PORT) });
// PID 1 has no default for SIGTERM.
process.once("SIGTERM", () => {
	server.close();
	server.closeAllConnections();
});
