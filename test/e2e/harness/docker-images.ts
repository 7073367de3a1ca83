import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { docker } from "./docker.ts";
import { archiveOf, baseName, bases, withDirectory } from "./images.ts";
import { binary, probeFile } from "./paths.ts";

/** Makes every image that is missing or holds another binary or probe than the ones just built. */
export function buildImages(): void {
	const content = createHash("sha256").update(readFileSync(binary)).update(readFileSync(probeFile)).digest("hex").slice(0, 16);
	for (const base of bases) {
		const from = baseName(base);
		if (labelOf(base.image) !== `${from} ${content}`) {
			importBase(base.image, from);
			addBinaries(base.image, from, `${from} ${content}`);
		}
	}
}

function labelOf(image: string): string | undefined {
	try {
		return docker("image", "inspect", "--format", '{{index .Config.Labels "content"}}', image);
	} catch {
		return undefined;
	}
}

function importBase(image: string, name: string): void {
	if (docker("images", "--quiet", name) !== "") {
		return;
	}
	docker("import", archiveOf(image), name);
}

function addBinaries(image: string, from: string, content: string): void {
	withDirectory((context) => {
		copyFileSync(binary, join(context, "abdicate"));
		copyFileSync(probeFile, join(context, "probe"));
		writeFileSync(
			join(context, "Dockerfile"),
			`FROM ${from}\nCOPY abdicate probe /\nLABEL content="${content}"\nENTRYPOINT ["/abdicate"]\n`,
		);
		// The classic builder: it is part of the daemon, needs no network, and is quick at this.
		execFileSync("docker", ["build", "--quiet", "--network", "none", "--tag", image, context], {
			env: { ...process.env, DOCKER_BUILDKIT: "0" },
			stdio: "pipe",
		});
	});
}
