import { expect, it } from "vitest";
import type { LandlockPart } from "../../../src/confine/landlock/part.ts";
import type { NamespacesPart } from "../../../src/confine/namespaces.ts";
import type { PathsPart } from "../../../src/confine/paths/setting.ts";
import type { LoadedFilter } from "../../../src/departure/request.ts";
import { wallsText } from "../../../src/plan/walls-text.ts";

const landlock = { abi: 6, files: 0xffff, ports: 2, scopes: 1 } as LandlockPart;
const namespaces: NamespacesPart = { names: ["mount", "ipc"], former: [], lacking: [], queues: [] };
const paths = { masked: ["/proc/kcore", "/proc/keys"], readOnly: ["/proc/sys"], absent: [] } as unknown as PathsPart;
const seccomp = { profile: "docker-default" } as LoadedFilter;
const apparmor = { label: "app", file: "self/attr/exec", written: "exec app" };

it.each<[Parameters<typeof wallsText>[0], string | undefined]>([
	[{}, undefined],
	[{ namespaces, "network-namespace": { ...namespaces, names: ["net"] } }, "namespaces mount, ipc, net"],
	[{ paths }, "paths masked (2) and read-only (1)"],
	[{ seccomp }, "seccomp docker-default, from the exec on"],
	[{ landlock: { ...landlock, files: 0, ports: 3, scopes: 3 } }, "landlock ABI 6 (bind, connect, abstract_sockets, signals)"],
	[
		{ apparmor, landlock, seccomp },
		"apparmor app; landlock ABI 6 (files, connect, abstract_sockets); seccomp docker-default, from the exec on",
	],
	[{ selinux: { ...apparmor, label: "a:b:c_t" } }, "selinux a:b:c_t"],
])("%j is told as %s", (rows, text) => {
	expect(wallsText(rows)).toBe(text);
});
