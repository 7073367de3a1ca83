/** How a variable that is asked for comes to be there; nothing for what is none. `text` is what it stands in. */
export function unsetRemedy(text: string, message: string): string[] {
	const names = [...text.matchAll(/\$\{([A-Za-z_]\w*)/g)].map(([, name = ""]) => name);
	const name = names.find((each) => message.includes(` ${each} `)) ?? names[0];
	return name === undefined ? [] : [`docker run --env ${name}=..., or a value of its own here: \${${name}:-value}`];
}
