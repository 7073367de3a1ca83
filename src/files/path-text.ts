export function splitPath(path: string): { readonly parent: string; readonly name: string } {
	const trimmed = path.replace(/\/+$/, "");
	const slash = trimmed.lastIndexOf("/");
	return { parent: slash <= 0 ? "/" : trimmed.slice(0, slash), name: trimmed.slice(slash + 1) };
}

export function baseName(path: string): string {
	return path.slice(path.lastIndexOf("/") + 1);
}

/** A path without `//`, `.`, `..` and a last `/`; one that is relative counts from the working directory. */
export function absolutePath(path: string, workdir: string): string {
	const joined = path.startsWith("/") ? path : `${workdir}/${path}`;
	const names: string[] = [];
	for (const name of joined.split("/")) {
		if (name === "..") {
			names.pop();
		} else if (name !== "" && name !== ".") {
			names.push(name);
		}
	}
	return `/${names.join("/")}`;
}

/** `/`, `/a` and `/a/b` for `/a/b/c`. */
export function directoriesTo(path: string): string[] {
	const names = path.split("/").filter((name) => name !== "");
	return ["/", ...names.slice(0, -1).map((_, index) => `/${names.slice(0, index + 1).join("/")}`)];
}

/** Both absolute, and as `absolutePath` makes them. A path is within itself. */
export function isWithin(path: string, directory: string): boolean {
	return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}
