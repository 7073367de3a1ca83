import { otherSeccomp } from "../report/other-profile.ts";
import type { Problem } from "../report/problem.ts";
import { errnoText, wordsOfItsOwn } from "./errno-meaning.ts";
import type { SyscallError } from "./observe.ts";

/** What a call says that is refused although no capability is missing. ENOSYS is what an old kernel says, and filters say it, too. seccomp(2) */
export function refusedCall(error: SyscallError): Required<Pick<Problem, "message" | "remedy">> {
	const { message, remedy = [] } = errnoText(error.call, error.errno);
	if (!error.is("ENOSYS", "EPERM") || wordsOfItsOwn(error.call, error.errno) !== undefined) {
		return { message, remedy };
	}
	const letItPass = `a seccomp filter has to let it pass: ${otherSeccomp} | or a newer Docker and libseccomp`;
	return error.is("ENOSYS")
		? { message, remedy: ["a kernel from Linux 4.18 on has every call that is needed", letItPass] }
		: { message: "EPERM: a seccomp filter or a security module does not allow it", remedy: [letItPass] };
}
