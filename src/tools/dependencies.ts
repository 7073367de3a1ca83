// Generated from the lock files by scripts/dependencies.mjs.

/** Name, version and licence of all that is in the binary. */
export const dependencies: readonly (readonly [name: string, version: string, licence: string])[] = [
	["adler2", "2.0.1", "0BSD OR MIT OR Apache-2.0"],
	["allocator-api2", "0.2.21", "MIT OR Apache-2.0"],
	["arraydeque", "0.5.1", "MIT OR Apache-2.0"],
	["bitflags", "2.13.2", "MIT OR Apache-2.0"],
	["commander", "14.0.3", "MIT"],
	["equivalent", "1.0.3", "Apache-2.0 OR MIT"],
	["errno", "0.3.15", "MIT OR Apache-2.0"],
	["foldhash", "0.2.0", "Zlib"],
	["hashbrown", "0.17.1", "MIT OR Apache-2.0"],
	["libc", "0.2.191", "MIT OR Apache-2.0"],
	["linux-raw-sys", "0.12.1", "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT"],
	["lzma-rust2", "0.25.0", "Apache-2.0"],
	["miniz_oxide", "0.9.1", "MIT OR Zlib OR Apache-2.0"],
	["musl", "1.2.3", "MIT"],
	["QuickJS-ng", "0.16.2", "MIT"],
	["relative-path", "2.0.3", "MIT OR Apache-2.0"],
	["rquickjs-core", "0.14.0", "MIT"],
	["rquickjs-sys", "0.14.0", "MIT"],
	["rustix", "1.1.6", "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT"],
	["saphyr-parser", "0.3.4", "MIT OR Apache-2.0"],
	["serde_core", "1.0.229", "MIT OR Apache-2.0"],
	["thiserror", "2.0.21", "MIT OR Apache-2.0"],
	["valibot", "1.5.0", "MIT"],
];
