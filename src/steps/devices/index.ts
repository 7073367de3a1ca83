/** Nodes of devices. */
export const devices = {
	device: async () => (await import("./device.ts")).device,
} as const;
