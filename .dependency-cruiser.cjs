/**
 * Imports go one way. Each room lists what it may import beside itself; whatever is not listed is an error, so that a new
 * folder has to be given its place here.
 */
const ground = ["report", "sys"];
const below = {
	report: [],
	sys: ["report"],
	files: ground,
	net: [...ground, "files"],
	capability: [...ground, "files"],
	identity: [...ground, "files", "capability"],
	confine: [...ground, "files", "capability"],
	config: [...ground, "files", "capability", "identity"],
	departure: [...ground, "files", "capability", "confine", "identity", "config"],
	steps: [...ground, "files", "net", "capability", "confine", "identity", "departure", "config"],
	plan: [...ground, "files", "capability", "confine", "identity", "departure", "config", "steps"],
	processes: [...ground, "files", "capability", "confine", "departure", "steps/common", "steps/step.ts"],
	run: [...ground, "capability", "confine", "identity", "departure", "steps", "plan", "processes"],
	cli: [...ground, "files", "capability", "confine", "identity", "departure", "config", "steps", "plan", "processes", "run"],
	tools: [...ground, "files", "capability", "confine", "identity", "departure", "config", "steps", "plan", "cli"],
	node: [...ground, "cli", "tools"],
};

/** Inside two of them: a family of steps knows what all have in common, the contract, and how programs are run; nothing of another family. */
const inside = {
	"steps/common": ["steps/step.ts"],
	...Object.fromEntries(
		["trees", "content", "copy", "mount", "fuse", "sockets", "programs", "devices", "kernel", "waiting", "certificates"].map((family) => [
			`steps/${family}`,
			["steps/common", "steps/step.ts", "steps/programs"],
		]),
	),
	"tools/shims": [],
	"tools/guides": [],
	"tools/seccomp": [],
	"tools/check": ["tools/guides", "tools/rewrite", "tools/seccomp"],
	"tools/compile": ["tools/seccomp"],
	"tools/completion": [],
	"tools/fmt": ["tools/rewrite"],
	"tools/init": ["tools/check", "tools/rewrite"],
	"tools/rewrite": [],
	"tools/inspect": ["tools/guides"],
	"tools/plan": ["tools/guides", "tools/seccomp", "tools/inspect"],
	"tools/schema": ["tools/guides"],
	"tools/explain": ["tools/check", "tools/guides", "tools/schema", "tools/seccomp"],
};

const folder = (name) => (name.endsWith(".ts") ? `^src/${name.replace(".", "\\.")}$` : `^src/${name}/`);

const layering = Object.entries(below).map(([layer, allowed]) => ({
	name: `${layer}-imports-only-lower-layers`,
	severity: "error",
	from: { path: folder(layer) },
	to: { path: "^src/", pathNot: [layer, ...allowed].map(folder) },
}));

const families = Object.entries(inside).map(([room, allowed]) => ({
	name: `${room}-knows-no-other-family`,
	severity: "error",
	from: { path: folder(room) },
	to: { path: folder(room.slice(0, room.indexOf("/"))), pathNot: [room, ...allowed].map(folder) },
}));

module.exports = {
	forbidden: [
		...layering,
		...families,
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
			from: { path: "^src/(main\\.ts|cli/|run/|processes/|plan/|steps/|departure/|files/)", pathNot: "^src/cli/drop-ins/" },
			to: { path: "^src/(tools|cli/drop-ins)/", dynamic: false },
		},
		{
			name: "a-drop-in-knows-no-other",
			comment: "nothing of another drop-in, but what they have in common; and none knows the tools",
			severity: "error",
			from: { path: "^src/cli/drop-ins/([^/.]+)" },
			to: { path: "^src/(tools|cli/drop-ins)/", pathNot: ["^src/cli/drop-ins/common/", "^src/cli/drop-ins/$1[/.]"] },
		},
		{ name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
		{
			name: "who-may-act",
			comment:
				"only the executor, the drop, the steps and the rooms they share change anything, what an image's build is to store, and a configuration that is rewritten",
			severity: "error",
			from: {
				path: "^src/",
				pathNot:
					"^src/((run|departure|steps|processes)/|sys/fork\\.ts$|tools/compile/store\\.ts$|tools/rewrite/(replace|new-file)\\.ts$|net/resolve-name\\.ts$|files/(mounting|place|stage|exact-mode)\\.ts$)",
			},
			to: { path: "^src/(sys/act|files/(mounting|place|stage|exact-mode))\\.ts$" },
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
			from: { path: "^src/", pathNot: "^src/(tools|node)/" },
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
