/** Certificates of the machine. */
export const certificates = {
	ca_certificates: async () => (await import("./ca-certificates.ts")).caCertificates,
} as const;
