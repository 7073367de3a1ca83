import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const top = join(import.meta.dirname, "../..");
const pages = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], { cwd: top, encoding: "utf8" })
	.trim()
	.split("\n")
	.filter((page) => existsSync(join(top, page)));

/** As GitHub makes them of titles; of equal ones the second ends in -1. */
function anchors(text: string): string[] {
	const titles = text.replaceAll(/^```.*?^```/gms, "").matchAll(/^#+ +(.*)$/gm);
	return [...titles].map(([, title = ""]) =>
		title
			.replaceAll(/\]\([^)]*\)/g, "")
			.toLowerCase()
			.replaceAll(/[^\p{L}\p{N}\- _]/gu, "")
			.replaceAll(" ", "-"),
	);
}

/** Those that lead nowhere, of a page at this path. */
function deadLinks(page: string, text: string): string[] {
	const links = [...text.replaceAll(/^```.*?^```/gms, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
	return links.filter((link) => {
		if (/^[a-z]+:/.test(link)) {
			return false;
		}
		const [path = "", anchor] = link.split("#");
		const target = path === "" ? page : join(page, "..", path);
		const isMissing = path !== "" && !existsSync(join(top, target));
		return (
			isMissing ||
			(anchor !== undefined &&
				target.endsWith(".md") &&
				!anchors(path === "" ? text : readFileSync(join(top, target), "utf8")).includes(anchor))
		);
	});
}

it("every link of a page to another, and to a title, leads there", () => {
	expect(pages).toEqual(expect.arrayContaining(["README.md", "docs/architecture.md", "docs/reference/confine.md"]));
	expect(pages.flatMap((page) => deadLinks(page, readFileSync(join(top, page), "utf8")).map((link) => `${page}: ${link}`))).toEqual([]);
	expect(deadLinks("docs/x.md", "# One `two`\n\n[a](#one-two) [b](#two) [c](rules.md) [d](none.md) [e](https://x.org/)")).toEqual([
		"#two",
		"none.md",
	]);
});
