import { describe, expect, it } from "vitest";
import { setAccountVariables } from "../../../src/identity/home.ts";

const caller = () =>
	new Map([
		["PATH", "/bin"],
		["HOME", "/root"],
		["USER", "root"],
		["LOGNAME", "root"],
	]);
const app = { name: "app", home: "/home/app" };
const stranger = { name: undefined, home: "/" };

describe("setAccountVariables", () => {
	it.each([
		["auto", "auto", app, { PATH: "/bin", HOME: "/home/app", USER: "app", LOGNAME: "app" }],
		["auto, rule 3.10: / when unknown, never the caller's", "auto", stranger, { PATH: "/bin", HOME: "/" }],
		["keep", "keep", app, { PATH: "/bin", HOME: "/root", USER: "app", LOGNAME: "app" }],
		["keep", "keep", stranger, { PATH: "/bin", HOME: "/root" }],
		["a path", { path: "/data" }, app, { PATH: "/bin", HOME: "/data", USER: "app", LOGNAME: "app" }],
		["a path", { path: "/data" }, stranger, { PATH: "/bin", HOME: "/data" }],
	] as const)("%s", (_, policy, identity, expected) => {
		const environment = caller();
		setAccountVariables(environment, policy, identity);
		expect(Object.fromEntries(environment)).toEqual(expected);
	});
});
