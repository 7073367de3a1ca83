// Generated from the lock files by scripts/dependencies.mjs.

/** Name, version and licence of all that is in the npm package. */
export const dependencies: readonly (readonly [name: string, version: string, licence: string])[] = [
	["commander", "14.0.3", "MIT"],
	["valibot", "1.5.0", "MIT"],
	["yaml", "2.9.1", "ISC"],
];
