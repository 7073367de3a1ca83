import { oneOrMany, path, textLike, understood } from "../../config/fields.ts";
import { type FieldsOutput, list } from "../../config/mapping.ts";
import { absolutePath } from "../../files/path-text.ts";
import { blanksQuoted } from "../../report/text.ts";
import { parseEndpoint, parseHttp, type ReadyTarget } from "./ready.ts";

const endpoint = () => understood("expected host:port, such as db:5432, 10.0.0.1:80 or [::1]:80", parseEndpoint);
const http = () => understood("expected http://host:port/path; for https wait for the port with tcp", parseHttp);
const socketPath = () => textLike(/^(?:\/|\.{1,2}\/|@).+$/, "expected a path, or @name for an abstract socket");

/** What can be waited for, of `wait_for` and of `ready`. */
export const readyFields = {
	tcp: list(() => oneOrMany(endpoint())),
	unix: list(() => oneOrMany(socketPath())),
	file: list(() => oneOrMany(path())),
	http: list(() => oneOrMany(http())),
};

type Written = FieldsOutput<typeof readyFields>;

export function countTargets({ tcp, unix, file, http: answers }: Written): number {
	return tcp.length + unix.length + file.length + answers.length;
}

export function planTargets(written: Written, workdir: string): readonly ReadyTarget[] {
	const absolute = (each: string) => (each.startsWith("@") ? each : absolutePath(each, workdir));
	return [
		...written.tcp.map((each) => ({ kind: "tcp", ...each }) as const),
		...written.unix.map((each) => ({ kind: "unix", text: `unix ${blanksQuoted(absolute(each))}`, path: absolute(each) }) as const),
		...written.file.map((each) => ({ kind: "file", text: `file ${blanksQuoted(absolute(each))}`, path: absolute(each) }) as const),
		...written.http.map((each) => ({ kind: "http", ...each }) as const),
	];
}
