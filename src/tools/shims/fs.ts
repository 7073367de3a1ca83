/** commander looks for the files of subcommands that are programs of their own; here there are none. */
export function existsSync(): boolean {
	return false;
}

export function realpathSync(path: string): string {
	return path;
}

export default { existsSync, realpathSync };
