import type { Acts } from "./native.ts";
import { SyscallError } from "./observe.ts";

/** Calls whose result is a plain number or a value, and may be a negative errno. */
type Fallible = Exclude<keyof Acts, "exit" | "umask" | "execve">;

/** Performs a changing call; its failure cannot be ignored. `must(host, "setgroups", groups)` */
export function must<K extends Fallible>(acts: Acts, call: K, ...args: Parameters<Acts[K]>): ReturnType<Acts[K]> {
	const perform = acts[call] as (...args: Parameters<Acts[K]>) => ReturnType<Acts[K]>;
	const result = perform.apply(acts, args);
	if (typeof result === "number" && result < 0) {
		throw new SyscallError(call, result);
	}
	return result;
}
