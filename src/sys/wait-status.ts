/** The exit status of a process that ended by itself; `undefined` when a signal ended it. waitpid(2) */
export function exitStatus(status: number): number | undefined {
	return endingSignal(status) === 0 ? (status >> 8) & 0xff : undefined;
}

/** The signal that ended a process; 0 for none. */
export function endingSignal(status: number): number {
	return status & 0x7f;
}

/** `exited 3` or `was ended by signal 9`. */
export function describeStatus(status: number): string {
	const exited = exitStatus(status);
	return exited === undefined ? `was ended by signal ${endingSignal(status)}` : `exited ${exited}`;
}
