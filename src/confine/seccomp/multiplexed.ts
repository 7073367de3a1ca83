import type { Abi } from "./calls.ts";
import type { Condition } from "./profile.ts";

type Subcalls = Readonly<Record<string, number>>;

/** Calls of i386 that stand for many, by the number in their first argument. linux/net.h, linux/ipc.h */
const x86: Readonly<Record<string, Subcalls>> = {
	socketcall: numbered(
		`socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown setsockopt getsockopt sendmsg
		recvmsg accept4 recvmmsg sendmmsg`,
		1,
	),
	ipc: {
		...numbered("semop semget semctl semtimedop", 1),
		...numbered("msgsnd msgrcv msgget msgctl", 11),
		...numbered("shmat shmdt shmget shmctl", 21),
	},
};

const none: typeof x86 = {};

export function multiplexed(abi: Abi): Readonly<Record<string, Subcalls>> {
	return abi === "x86" ? x86 : none;
}

/** The number stands in the lower half; ipc has its version above. */
export const subcallMask: Omit<Condition, "value"> = { index: 0, operator: "masked ==", mask: 0xffffn, width: 32 };

function numbered(names: string, first: number): Subcalls {
	return Object.fromEntries(names.split(/\s+/).map((name, index) => [name, first + index]));
}
