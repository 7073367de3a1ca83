import { right } from "../../../confine/landlock/rights.ts";
import { destination } from "../../../files/destination.ts";
import { isWithin } from "../../../files/path-text.ts";
import type { Page } from "./page.ts";

/** Any of them, at the path or, of a directory, somewhere below. */
export const [toRead, toWrite, toOpen] = [right.READ_FILE, right.WRITE_FILE, right.READ_FILE | right.WRITE_FILE];

/** Whether the wall of the file leaves it open, whatever its owner and mode say. landlock(7) */
export function isLeftOpen({ plan, reads }: Pick<Page, "plan" | "reads">, path: string, wanted: number): boolean {
	const { files, paths } = plan.departure.rows.landlock ?? { files: 0, paths: [] };
	const at = destination(reads, path);
	return (
		files === 0 ||
		paths.some(({ path: rule, rights }) => {
			const opened = destination(reads, rule);
			return (rights & wanted) !== 0 && (isWithin(at, opened) || isWithin(opened, at));
		})
	);
}
