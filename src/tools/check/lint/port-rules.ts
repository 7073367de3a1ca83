import { capability } from "../../../capability/names.ts";
import { boundTwice } from "../../../plan/bound-twice.ts";
import { boundBy } from "../../../steps/index.ts";
import { stepPlace } from "./image-rules.ts";
import type { Found, Rule, Subject } from "./rule.ts";

/** Ports below take NET_BIND_SERVICE, unless the network namespace says otherwise. ip(7) */
const firstOfAll = 1024;

/** Those that are done whatever the start is like. */
function unconditional({ config, steps = [] }: Pick<Subject, "config" | "steps">) {
	return steps.filter(({ label }) =>
		config.setup.some(({ name, when }, index) => when === undefined && (name ?? `setup[${index}]`) === label),
	);
}

export const portTwice: Rule = {
	severity: "error",
	summary: "Two steps listen on the same port: the second one is refused.",
	find: (subject) => {
		const steps = unconditional(subject);
		return steps.flatMap((step, index) =>
			boundTwice(step, steps.slice(0, index)).map(
				({ message }): Found => ({
					at: stepPlace(subject.config, step.label),
					message,
					remedy: ["one step listens, or reuse_port: true of both"],
				}),
			),
		);
	},
};

export const portKept: Rule = {
	severity: "warning",
	summary: "NET_BIND_SERVICE is kept for a port that a step listens on: the workload is handed the socket, and need not bind it.",
	find: (subject) => {
		const { capabilities } = subject.config;
		if (capabilities.form !== "keep") {
			return [];
		}
		const bind = capability("NET_BIND_SERVICE");
		const kept = (["keep", "keep_if_present"] as const).flatMap((key): Found["at"][] => {
			const index = (key === "keep" ? capabilities.keep : capabilities.keepIfPresent).indexOf(bind);
			return index < 0 ? [] : [["capabilities", key, index]];
		});
		const low = unconditional(subject).flatMap(({ label, action }) =>
			boundBy(action)
				.filter(({ port }) => port < firstOfAll)
				.map(({ type, text }) => `${type} ${text}, which ${label} listens on`),
		);
		return low.length === 0
			? []
			: kept.map((at) => ({
					at,
					message: `NET_BIND_SERVICE is kept, and the workload is handed ${low.join("; ")}`,
					remedy: ["leave it out, unless the workload binds another port below 1024 by itself"],
				}));
	},
};
