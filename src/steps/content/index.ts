/** Single files and links. */
export const content = {
	file: async () => (await import("./file.ts")).file,
	secret: async () => (await import("./secret.ts")).secret,
	link: async () => (await import("./link.ts")).link,
} as const;
