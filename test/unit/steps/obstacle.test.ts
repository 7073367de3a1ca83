import { expect, it } from "vitest";
import { absent, unplaceable } from "../../../src/steps/common/obstacle.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const { host } = new FakeKernel({
	process: dockerRoot(),
	files: {
		"/data": { kind: "directory", uid: 1000, gid: 1000 },
		"/data/conf": { kind: "link", content: "/gone", uid: 1000 },
		"/srv": { kind: "directory" },
		"/srv/conf": { kind: "link", content: "/gone" },
	},
});

it.each([absent, unplaceable])(
	"behind a link of the workload's it is the link that stands in the way, whatever it leads to: %o",
	(look) => {
		const said = look(host, "/data/conf/a/b", "open");
		expect(said.map(({ message, remedy, refused }) => [message, remedy, refused])).toEqual([
			[
				`"/data/conf/a/b": /data/conf is a symbolic link that is not root's alone; it is not followed`,
				["name the real path, or let root own the link and its directory"],
				undefined,
			],
		]);
	},
);

it("behind one of root's, and for who goes by any, that it is not there", () => {
	const said = [
		...absent(host, "/srv/conf/a", "open"),
		...unplaceable(host, "/srv/conf/a/b", "open"),
		...absent(host, "/data/conf/a", "chdir", { byAnyLink: true }),
	];
	expect(said.map(({ message }) => /^\w+: ENOENT on "[^"]+"/.exec(message)?.[0])).toEqual([
		'open: ENOENT on "/srv/conf/a"',
		'open: ENOENT on "/srv/conf/a/b"',
		'chdir: ENOENT on "/data/conf/a"',
	]);
});
