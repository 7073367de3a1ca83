/** The exit status of a process that ended by itself; `undefined` when a signal ended it. waitpid(2) */
export function exitStatus(status: number): number | undefined {
	return (status & 0x7f) === 0 ? (status >> 8) & 0xff : undefined;
}

/** `exited 3` or `was ended by signal 9`. */
export function describeStatus(status: number): string {
	const exited = exitStatus(status);
	return exited === undefined ? `was ended by signal ${status & 0x7f}` : `exited ${exited}`;
}
