/** Mounts that the kernel makes. */
export const mounting = {
	mount: async () => (await import("./mount.ts")).mount,
} as const;

/** What mounts of these types take beside, or those of any file. */
export async function loadMountTypes(types: readonly string[] | undefined): Promise<void> {
	await (await import("./mount.ts")).loadBlocks(types);
}
