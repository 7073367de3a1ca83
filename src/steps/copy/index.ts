/** Trees that are copied. */
export const copying = {
	copy: async () => (await import("./copy.ts")).copy,
} as const;
