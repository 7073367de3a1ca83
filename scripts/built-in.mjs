import { build } from "esbuild";

/**
 * For esbuild: docker-default is compiled here and now, by the compiler that the bundle has too. The binary has the program, and needs what makes it
 * for other profiles alone.
 */
export function builtIn(machine) {
	return {
		name: "built-in",
		setup(hooks) {
			hooks.onLoad({ filter: /\/src\/confine\/seccomp\/built-in\.ts$/ }, async ({ path }) => {
				const { outputFiles } = await build({ entryPoints: [path], bundle: true, format: "esm", platform: "node", write: false });
				const code = Buffer.from(outputFiles[0].contents).toString("base64");
				const { builtIn } = await import(`data:text/javascript;base64,${code}`);
				return { contents: `const template=${JSON.stringify(builtIn(machine))};export const builtIn=()=>template;`, loader: "js" };
			});
		},
	};
}
