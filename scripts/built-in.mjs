import { build } from "esbuild";

/** What each file exports by this name is a function of the machine. */
const made = { "seccomp/built-in": "builtIn", "landlock/guard": "guardFor" };

/**
 * For esbuild: docker-default, and what guards ports, are compiled here and now, by the compiler that the bundle has too. The binary has the
 * programs, and needs what makes them for other profiles alone.
 */
export function builtIn(machine) {
	return {
		name: "built-in",
		setup(hooks) {
			hooks.onLoad({ filter: /\/src\/confine\/(?:seccomp\/built-in|landlock\/guard)\.ts$/ }, async ({ path }) => {
				const { outputFiles } = await build({ entryPoints: [path], bundle: true, format: "esm", platform: "node", write: false });
				const code = Buffer.from(outputFiles[0].contents).toString("base64");
				const [, name] = Object.entries(made).find(([file]) => path.endsWith(`/${file}.ts`));
				const { [name]: make } = await import(`data:text/javascript;base64,${code}`);
				return { contents: `const made=${JSON.stringify(make(machine))};export const ${name}=()=>made;`, loader: "js" };
			});
		},
	};
}
