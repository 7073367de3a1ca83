/**
 * Imports go one way. Each layer lists what it may import beside itself; whatever is not listed is an error, so that a new
 * folder has to be given its place here.
 */
const below = {
	report: [],
	sys: ["report"],
	files: ["report", "sys"],
	capability: ["files", "report", "sys"],
	identity: ["capability", "files", "report", "sys"],
	config: ["identity", "capability", "files", "report", "sys"],
	drop: ["config", "identity", "capability", "files", "report", "sys"],
	steps: ["drop", "config", "identity", "capability", "files", "report", "sys"],
	plan: ["steps", "drop", "config", "identity", "capability", "files", "report", "sys"],
	processes: ["plan", "steps", "drop", "config", "identity", "capability", "files", "report", "sys"],
	run: ["processes", "plan", "steps", "drop", "config", "identity", "capability", "files", "report", "sys"],
	tools: ["run", "processes", "plan", "steps", "drop", "config", "identity", "capability", "files", "report", "sys"],
	compat: ["run", "processes", "plan", "steps", "drop", "config", "identity", "capability", "files", "report", "sys"],
	node: ["tools", "run", "processes", "plan", "steps", "drop", "config", "identity", "capability", "files", "report", "sys"],
};

const layering = Object.entries(below).map(([layer, allowed]) => ({
	name: `${layer}-imports-only-lower-layers`,
	severity: "error",
	from: { path: `^src/${layer}/` },
	to: { path: "^src/", pathNot: [layer, ...allowed].map((name) => `^src/${name}/`) },
}));

module.exports = {
	forbidden: [
		...layering,
		{
			name: "every-folder-has-a-layer",
			comment: "a folder of src that this file does not know",
			severity: "error",
			from: { path: "^src/[^/]+/", pathNot: Object.keys(below).map((name) => `^src/${name}/`) },
			to: {},
		},
		{
			name: "main-links-only-the-hot-path",
			comment: "tools and drop-ins are loaded by import(), so that a start does not pay for them",
			severity: "error",
			from: { path: "^src/(main\\.ts|run/|processes/|plan/|steps/|drop/|files/)" },
			to: { path: "^src/(tools|compat)/", dynamic: false },
		},
		{ name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
		{
			name: "who-may-act",
			comment: "only the executor, the drop, the steps and the rooms they share change anything",
			severity: "error",
			from: { path: "^src/", pathNot: "^src/((run|drop|steps|processes)/|files/(mounting|place|stage|exact-mode)\\.ts$|sys/fake[/.])" },
			to: { path: "^src/(sys/act|files/(mounting|place|stage|exact-mode))\\.ts$" },
		},
		{
			name: "the-fake-kernel-is-for-tests",
			severity: "error",
			from: { path: "^src/", pathNot: "^src/sys/fake[/.]" },
			to: { path: "^src/sys/fake[/.]" },
		},
		{
			name: "no-node-in-the-binary",
			comment: "the engine has no Node modules",
			severity: "error",
			from: { path: "^src/", pathNot: "^src/node/" },
			to: { dependencyTypes: ["core"] },
		},
		{
			name: "the-hot-path-has-few-dependencies",
			severity: "error",
			from: { path: "^src/", pathNot: "^src/(tools|compat|node)/" },
			to: { path: "node_modules", pathNot: "node_modules/valibot" },
		},
		{ name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true, dependencyTypesNot: ["core"] } },
		{ name: "src-does-not-import-tests", severity: "error", from: { path: "^src/" }, to: { path: "^(test|bench|scripts)/" } },
	],
	options: {
		// The native TypeScript compiler has no interface for tools.
		parser: "swc",
		doNotFollow: { path: "node_modules" },
		exclude: { path: "^(build|dist|native)/" },
		tsPreCompilationDeps: true,
		enhancedResolveOptions: {
			exportsFields: ["exports"],
			conditionNames: ["import", "node", "default", "types"],
			extensions: [".ts", ".js", ".mjs"],
		},
	},
};
