import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stateOf, stepLines, volume } from "./volume.ts";

function chmod(step: unknown, data: string, more: Partial<ContainerOptions> = {}) {
	return runHouse({
		image: busybox,
		config: { user: "redis", setup: [{ chmod: step }] },
		args: ["-v", "--", "true"],
		volumes: [`${data}:/data`],
		...more,
	});
}

describe("chmod", () => {
	it("sets the mode where it differs, and does nothing the second time", async () => {
		const data = volume("touch wrong right; chmod 600 wrong; chmod 640 right");
		const step = { path: ["/data/wrong", "/data/right"], mode: "0640" };
		const results = [await chmod(step, data), await chmod(step, data)];
		expect(results.flatMap(({ stderr }) => stepLines(stderr))).toEqual([
			"changed  setup[0] chmod /data/wrong /data/right 0640: mode set; already right",
			"ok       setup[0] chmod /data/wrong /data/right 0640: already right; already right",
		]);
		expect(["wrong", "right"].map((name) => stateOf(data, name))).toEqual(["0:0 0640", "0:0 0640"]);
	});

	it("changes a tree by kind, and neither its links nor its pipes", async () => {
		const data = volume(
			"mkdir -m 700 d; touch d/plain d/program; chmod 600 d/plain; chmod 700 d/program; mkfifo -m 600 d/pipe; ln -s /etc/shadow d/link",
		);
		const step = { path: "/data", mode: "g+rX", recursive: true };
		const { stderr } = await chmod(step, data);
		expect(stepLines(stderr)).toEqual(["changed  setup[0] chmod /data g+rX with all below: 3 of 6 modes set"]);
		expect(["d", "d/plain", "d/program", "d/pipe"].map((name) => stateOf(data, name))).toEqual([
			"0:0 0750",
			"0:0 0640",
			"0:0 0750",
			"0:0 0600",
		]);
	});

	it("finishes what an interrupted run left half done", async () => {
		const data = volume("mkdir d; touch d/a d/b; chmod 770 d; chmod 660 d/a; chmod 600 d/b");
		const { stderr } = await chmod({ path: "/data/d", dirs: "0770", files: "0660", recursive: true }, data);
		expect([...stepLines(stderr), stateOf(data, "d/b")]).toEqual([
			"changed  setup[0] chmod /data/d dirs 0770 files 0660 with all below: 1 of 3 modes set",
			"0:0 0660",
		]);
	});

	it("sets the mode of a device, a pipe and a file that nobody may open", async () => {
		const data = volume("mknod -m 600 null c 1 3; mkfifo -m 000 pipe; touch file; chmod 000 file");
		const { status } = await chmod({ path: "/data/*", mode: "g+rw" }, data);
		expect([status, ...["null", "pipe", "file"].map((name) => stateOf(data, name))]).toEqual([0, "0:0 0660", "0:0 0060", "0:0 0060"]);
	});

	it("refuses a link, leaves what has other names, and passes over links that a pattern finds", async () => {
		const data = volume("touch f ../outside; chmod 600 f ../outside; ln ../outside inside; ln -s f link");
		const { status, stderr } = await chmod({ path: "/data/link", mode: "0666" }, data);
		expect([status, stderr.split("\n")[0]]).toEqual([
			125,
			'abdicate: error[STEP_FAILED] setup[0] chmod /data/link 0666: "/data/link" is a symbolic link, which is not followed',
		]);
		const all = await chmod({ path: "/data/*", mode: "0666" }, data);
		expect([...stepLines(all.stderr), stateOf(data, "f"), stateOf(data, "inside")]).toEqual([
			"changed  setup[0] chmod /data/* 0666: mode set; /data/inside is left alone: it has 2 links; already right",
			"0:0 0666",
			"0:0 0600",
		]);
	});

	it("names what refuses it", async () => {
		const data = volume("touch f; chown 7:7 f; chmod 600 f");
		const lacking = await chmod({ path: "/data/f", mode: "0644" }, data, { caps: { drop: ["FOWNER"] } });
		const readOnly = await chmod({ path: "/data/f", mode: "0644" }, data, { volumes: [`${data}:/data:ro`] });
		const absent = await chmod({ path: "/data/none", mode: "0644" }, data);
		expect([lacking, readOnly, absent].map(({ status, stderr }) => [status, stderr.split("\n")[0]])).toEqual([
			[125, 'abdicate: error[STEP_FAILED] setup[0] chmod /data/f 0644: fchmod: EPERM on "/data/f": CAP_FOWNER is not held'],
			[125, 'abdicate: error[STEP_FAILED] setup[0] chmod /data/f 0644: fchmod: EROFS on "/data/f": the file system is mounted read-only'],
			[125, 'abdicate: error[STEP_FAILED] setup[0] chmod /data/none 0644: open: ENOENT on "/data/none": it does not exist'],
		]);
	});

	it("does without the capability where the user can work with it already", async () => {
		const data = volume("touch f; chown 7:999 f; chmod 664 f");
		const caps = { drop: ["FOWNER"] };
		const { status } = await chmod({ path: "/data/f", mode: "0666" }, data, { caps });
		// Fewer permissions than there are is a goal that no use of it can meet.
		const narrower = await chmod({ path: "/data/f", mode: "0660" }, data, { caps });
		expect([status, narrower.status]).toEqual([0, 125]);
	});
});
