/** The first words that are ours: those that end in a workload, and tools. The dispatcher, the suggestion and the help text read this table. */
export const subcommands = [
	{ name: "run", endsInWorkload: true, description: "the entrypoint: setup, drop, proof, exec (the default)" },
	{
		name: "enter",
		endsInWorkload: true,
		description: "run a program with the identity and the drop of the workload, without setup: for docker exec and health checks",
	},
	{ name: "as", description: "be one of the programs that this one can stand in for, as under their own names" },
	{ name: "check", description: "validate a configuration file" },
	{ name: "fmt", description: "bring configuration files into the one form, and change nothing that they say" },
	{ name: "init", description: "print a first configuration file for an image, made of what the image says of itself" },
	{ name: "compile", description: "store the filter of a configuration, compiled, when an image is built" },
	{ name: "plan", description: "print what a run would do, and change nothing" },
	{ name: "inspect", description: "what a process, its parents or all processes hold" },
	{
		name: "explain",
		description: "what a capability, securebit, step, key, fact, system call, errno, error code, signal or drop-in means",
	},
	{ name: "schema", description: "print the JSON Schema of the configuration file" },
	{ name: "completion", description: "print what teaches bash, zsh or fish to complete this command line" },
	{ name: "decode", description: "a mask of capabilities or securebits to names and back, libcap text and IAB to sets" },
] as const;

/** `enter` gives a second program of the container the identity and the drop of the first, without its setup. */
export type RunMode = Extract<(typeof subcommands)[number], { endsInWorkload: true }>["name"];
