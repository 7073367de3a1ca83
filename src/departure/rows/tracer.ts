import { fail } from "../../report/failure.ts";
import { errno } from "../../sys/errno.ts";
import { mustRead } from "../../sys/observe.ts";
import { row } from "../row.ts";

/** A pid; -1 for any process, 0 for none. Yama alone restricts who may trace. PR_SET_PTRACER(2const) */
export const tracer = row<number>({
	act: "leave",
	reason: "it is of this process alone: a fork does not hand it on, an exec does",
	after: {},
	plan: ({ request }) => request.ofWorkload?.tracer,
	shown: (pid) => (pid === -1 ? "any" : `${pid || "none"}`),
	apply: ({ host }, pid) => {
		const result = host.setTracer(pid);
		if (result === -errno.EINVAL) {
			fail("CALL_REFUSED", "nobody can be named who may trace: this kernel has no Yama, or there is no such process", { where: "tracer" });
		}
		mustRead("setTracer", result);
	},
});
