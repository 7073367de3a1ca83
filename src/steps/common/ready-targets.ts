import { oneOrMany, path, textLike, understood } from "../../config/fields.ts";
import { type FieldsOutput, list } from "../../config/mapping.ts";
import { absolutePath } from "../../files/path-text.ts";
import { blanksQuoted } from "../../report/text.ts";
import { parseEndpoint, parseHttp } from "./endpoint.ts";
import type { ReadyTarget } from "./ready.ts";

const endpoint = () => understood("expected host:port, such as db:5432, 10.0.0.1:80 or [::1]:80", parseEndpoint);
const http = () =>
	understood("expected http://host:port/path, without a user or a fragment; for https wait for the port with tcp", parseHttp);
const status = () => textLike(/^[2-5](?:xx|[0-9]{2})$/, "expected a status, such as 401, or all of a kind, such as 2xx");
const socketPath = () => textLike(/^(?:\/|\.{1,2}\/|@).+$/, "expected a path, or @name for an abstract socket");

/** What can be waited for, of `wait_for` and of `ready`. */
export const readyFields = {
	tcp: list(() => oneOrMany(endpoint())),
	unix: list(() => oneOrMany(socketPath())),
	file: list(() => oneOrMany(path())),
	http: list(() => oneOrMany(http())),
	status: list(() => oneOrMany(status())),
};

/** A redirect is an answer too, and not followed. */
const usualStatuses = ["2xx", "3xx"];

type Written = FieldsOutput<typeof readyFields>;

/** What is wrong with them together. */
export function whyNoTargets({ tcp, unix, file, http: answers, status: statuses }: Written): string | undefined {
	if (tcp.length + unix.length + file.length + answers.length === 0) {
		return "expected at least one of tcp, unix, file and http";
	}
	return statuses.length > 0 && answers.length === 0 ? "status is what an http server may answer; expected http beside it" : undefined;
}

export function planTargets(written: Written, workdir: string): readonly ReadyTarget[] {
	const absolute = (each: string) => (each.startsWith("@") ? each : absolutePath(each, workdir));
	const { status: statuses } = written;
	const answering = statuses.length === 0 ? "" : ` answering ${statuses.join(" or ")}`;
	return [
		...written.tcp.map((each) => ({ kind: "tcp", ...each }) as const),
		...written.unix.map((each) => ({ kind: "unix", text: `unix ${blanksQuoted(absolute(each))}`, path: absolute(each) }) as const),
		...written.file.map((each) => ({ kind: "file", text: `file ${blanksQuoted(absolute(each))}`, path: absolute(each) }) as const),
		...written.http.map((each) => ({
			...each,
			kind: "http" as const,
			text: `${each.text}${answering}`,
			statuses: statuses.length === 0 ? usualStatuses : statuses,
		})),
	];
}
