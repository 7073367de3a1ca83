import { dockerDefaults } from "../../capability/guide.ts";
import { parseCapability } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { newestCapability } from "./newest-capability.ts";

const sets: Readonly<Record<string, CapabilitySet>> = {
	none: CapabilitySet.empty,
	docker: CapabilitySet.of(...dockerDefaults),
	all: CapabilitySet.upTo(newestCapability),
};

const form = /^([A-Za-z_]*)((?:[-+][A-Za-z_]+)*)$/;

/** `docker+NET_ADMIN-NET_RAW`: a set or a name, then what is put to it and taken away; `-NET_RAW` begins with what there is already. */
export function capabilitiesIn(text: string, now: CapabilitySet, where: string): CapabilitySet {
	const [, first = "", changes = ""] = form.exec(text) ?? fail("USAGE", `${where}: ${quoted(text)} is no list of capabilities`, { remedy });
	return [...changes.matchAll(/([-+])(\w+)/g)].reduce(
		(sum, [, sign, name = ""]) => (sign === "+" ? sum.union(setOf(name, where)) : sum.minus(setOf(name, where))),
		first === "" ? now : setOf(first, where),
	);
}

const remedy = ["caps=none, caps=docker, caps=all, caps=NET_ADMIN+SYS_ADMIN, caps=docker+NET_ADMIN-NET_RAW, or caps=-NET_RAW"];

function setOf(name: string, where: string): CapabilitySet {
	const single = parseCapability(name);
	const set = Object.hasOwn(sets, name.toLowerCase()) ? sets[name.toLowerCase()] : undefined;
	return (
		set ??
		(single === undefined ? fail("USAGE", `${where}: ${quoted(name)} is not a capability`, { remedy }) : CapabilitySet.from([single]))
	);
}
