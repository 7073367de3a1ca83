/** Programs. What every step that runs one has to know lies in this folder, for other families too. */
export const programs = {
	run: async () => (await import("./run.ts")).run,
	hooks: async () => (await import("./hooks.ts")).hooks,
} as const;
