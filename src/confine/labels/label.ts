/** The label that the exec gives to the workload, as plain data of the plan. */
export interface Label {
	/** As the kernel says it, without a mode. */
	readonly label: string;
	/** What it is added to, where the start's own cannot be left. */
	readonly besides?: string;
	/** Below /proc. proc_pid_attr(5) */
	readonly file: string;
	/** What is written there. */
	readonly written: string;
}

/** What a label is planned from. */
export interface LabelStart {
	readonly noNewPrivileges: boolean;
	/** Planned for a start elsewhere: nothing here says what the machine has. */
	readonly isImagined: boolean;
	note(message: string): void;
}

/** The parts of a context that are written; the others are those of the start. selinux(8) */
export interface SelinuxParts {
	readonly user?: string | undefined;
	readonly role?: string | undefined;
	readonly type?: string | undefined;
	readonly level?: string | undefined;
}
