/** What the workload finds open. */
export const sockets = {
	listen: async () => (await import("./listen.ts")).listen,
} as const;
