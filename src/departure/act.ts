/**
 * The acts of a departure, from first to last: everything between the start of this program, or the fork of a child, and the program
 * that it becomes. Each has rows, or work that the caller does there, or neither yet.
 */
export const acts = {
	arrive: "what a careless parent has left is put right, before anything is opened",
	setup: "the steps of the configuration, each with exactly what it needs",
	confine: "what only the ids and capabilities of the start may say of this process; nothing is effective between the rows",
	"give up": "everything that is not kept, for good: from its first row on there is no way back",
	"as the user": "steps that run as the workload's user, with what the workload will hold",
	prove: "the state is what was planned, as the kernel says, and nothing given up comes back",
	part: "what a change of ids or a fork would undo",
	walls: "what may hurt this program itself",
	leave: "what the program finds, and its exec",
} as const;

export type Act = keyof typeof acts;
export const actNames = Object.keys(acts) as readonly Act[];
