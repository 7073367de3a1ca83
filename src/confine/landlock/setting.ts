/** What stands at `landlock` in the configuration; undefined for a key that is not written. */
export interface LandlockSetting {
	readonly read: readonly string[] | undefined;
	readonly execute: readonly string[] | undefined;
	readonly write: readonly string[] | undefined;
	/** TCP ports. */
	readonly connect: readonly number[] | undefined;
	readonly bind: readonly number[] | undefined;
	readonly scope: readonly LandlockScope[] | undefined;
	/** The version of the interface below which the start fails. */
	readonly minimum: number | undefined;
	readonly base: "usual" | "none";
}

export type LandlockScope = "abstract_sockets" | "signals";

/** The greatest version whose rights this program knows: newer ones of the kernel's stay unused. */
export const newestAbi = 6;
