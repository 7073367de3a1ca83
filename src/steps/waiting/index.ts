/** Others that have to be ready first. */
export const waiting = {
	wait_for: async () => (await import("./wait-for.ts")).waitFor,
} as const;
