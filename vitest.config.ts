import { defineConfig } from "vitest/config";

/**
 * The same whoever starts the tests: script(1) takes the user's shell, and bash with a socket for its input and no SHLVL believes that rshd has called
 * it, and runs the user's .bashrc.
 */
const env = { SHELL: "/bin/sh", SHLVL: "1" };

export default defineConfig({
	test: {
		projects: [
			{
				test: {
					name: "unit",
					env,
					include: ["test/unit/**/*.test.ts"],
					setupFiles: "test/unit/harness/setup-file.ts",
					// A property is tried a thousand times, on a busy machine too.
					testTimeout: 60_000,
					hookTimeout: 60_000,
				},
			},
			{
				test: {
					name: "e2e",
					env,
					include: ["test/e2e/**/*.test.ts"],
					globalSetup: "test/e2e/harness/global-setup.ts",
					setupFiles: "test/e2e/harness/setup-file.ts",
					// Waiting has deadlines of its own, with better messages than these last resorts.
					testTimeout: 120_000,
					hookTimeout: 120_000,
					maxWorkers: 2,
				},
			},
			{
				test: {
					name: "attack",
					env,
					include: ["test/attack/**/*.test.ts"],
					globalSetup: "test/attack/harness/global-setup.ts",
					testTimeout: 120_000,
					maxWorkers: 2,
				},
			},
			{
				test: {
					name: "compat",
					env,
					include: ["test/compat/**/*.test.ts"],
					globalSetup: "test/compat/harness/global-setup.ts",
					// All command lines of a file are run before its first test.
					hookTimeout: 300_000,
					maxWorkers: 2,
				},
			},
			{ test: { name: "kernels", env, include: ["test/kernels/**/*.test.ts"], globalSetup: "test/kernels/harness/global-setup.ts" } },
		],
	},
});
