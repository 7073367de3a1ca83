/** Mounts that a daemon serves. */
export const fuseMounting = {
	fuse: async () => (await import("./fuse.ts")).fuse,
} as const;
