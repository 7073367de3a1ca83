/** What the kernel is told, or asked for. */
export const kernel = {
	require: async () => (await import("./require.ts")).require,
	hostname: async () => (await import("./hostname.ts")).hostname,
	sysctl: async () => (await import("./sysctl.ts")).sysctl,
} as const;
