/** commander derives the name of the program from its path; ours is fixed. */
export function basename(path: string): string {
	return path.slice(path.lastIndexOf("/") + 1);
}

export function extname(): string {
	return "";
}

export default { basename, extname };
