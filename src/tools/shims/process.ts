import { nativeHost } from "../../sys/native.ts";

const width = 100;

function stream(fd: number) {
	return { isTTY: true, columns: width, hasColors: () => false, write: (text: string) => nativeHost().write(fd, text) >= 0 };
}

/** The part of node:process that commander uses, as a module that it can `require`. */
export const argv: string[] = [];
export const execArgv: string[] = [];
export const env: Record<string, string> = { NO_COLOR: "1" };
export const platform = "linux";
export const versions: Record<string, string> = {};
export const stdout = stream(1);
export const stderr = stream(2);

export function exit(status = 0): never {
	return nativeHost().exit(status);
}

export function on(): void {}
