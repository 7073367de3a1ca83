/** Mounts that the kernel makes. */
export const mounting = {
	mount: async () => (await import("./mount.ts")).mount,
} as const;
