// Checks what the binary links: known licences, the registry as the only source, and no crate in two versions.
import { execFileSync } from "node:child_process";

const free = new Set(["Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "Zlib", "Unicode-3.0", "Unlicense", "0BSD"]);
const metadata = JSON.parse(
	execFileSync(
		"cargo",
		["metadata", "--locked", "--format-version=1", "--filter-platform=x86_64-unknown-linux-gnu", "--manifest-path=native/Cargo.toml"],
		{ encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "inherit"] },
	),
);

/** One of the alternatives must be free as a whole. */
function isFree(licence) {
	const alternatives = (licence ?? "").replace(/[()]/g, "").split(/ OR |\//);
	return alternatives.some((alternative) => alternative.split(" AND ").every((name) => free.has(name.split(" WITH ")[0].trim())));
}

const problems = [];
const versions = new Map();
for (const { name, version, license, source } of metadata.packages) {
	if (!isFree(license)) {
		problems.push(`${name} ${version}: licence ${license}`);
	}
	if (source !== null && !source.startsWith("registry+")) {
		problems.push(`${name} ${version}: source ${source}`);
	}
	if (versions.has(name)) {
		problems.push(`${name}: both ${versions.get(name)} and ${version}`);
	}
	versions.set(name, version);
}
if (versions.size < 2) {
	problems.push("cargo metadata lists no dependency");
}
for (const problem of problems) {
	console.error(problem);
}
process.exitCode = problems.length === 0 ? 0 : 1;
