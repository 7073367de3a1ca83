import { absolutePath, isWithin } from "../../files/path-text.ts";
import { hasUnsafe } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { isBelieved } from "../../steps/common/believed.ts";
import { isManys } from "../check/lint/tree-rules.ts";

/** Text of the image as a value: nothing in it is completed. */
export function value(text: string): string {
	return yamlScalar(text.replaceAll("$", "$$$$"));
}

const kernels = ["/proc", "/sys", "/dev", "/boot", "/lib/modules", "/usr/lib/modules"];

/** One path, which nobody takes for a pattern or for several. */
export function isPlainPath(path: string): boolean {
	return /^\/(?:[^\n\r\t,;:*?[\]{} ]| (?!\/))*$/.test(path) && !hasUnsafe(path);
}

/** Whether it may be one user's alone. */
export function isOwnable(written: string): boolean {
	const path = absolutePath(written, "/");
	return isPlainPath(written) && !kernels.some((each) => isWithin(path, each)) && !isManys(path) && !isBelieved(path, "/abdicate");
}
