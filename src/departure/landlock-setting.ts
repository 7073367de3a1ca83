import * as v from "valibot";
import { choice, integer, oneOrMany, path } from "../config/fields.ts";
import { mapping, optional } from "../config/mapping.ts";
import { type LandlockSetting, newestAbi } from "../confine/landlock/setting.ts";

const paths = () => optional(() => oneOrMany(path()));
const ports = (least: number) => optional(() => oneOrMany(integer(least, 65_535)));

/** What stands at `landlock`. */
export const landlockSetting = (): v.GenericSchema<unknown, LandlockSetting> =>
	v.pipe(
		mapping({
			read: paths(),
			execute: paths(),
			write: paths(),
			connect: ports(1),
			bind: ports(0),
			scope: optional(() => oneOrMany(choice("abstract_sockets", "signals"))),
			minimum: optional(() => integer(0, newestAbi, ": newer versions of Landlock have nothing that this program uses")),
			base: optional(() => choice("usual", "none"), "usual"),
		}),
		v.check(
			({ minimum: _, base: __, ...walls }) => Object.values(walls).some((each) => each !== undefined),
			"nothing is walled: one of read, execute, write, connect, bind and scope is required",
		),
	);
