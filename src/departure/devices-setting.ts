import * as v from "valibot";
import { choice, textLike } from "../config/fields.ts";
import { leadsElsewhere } from "../config/interpolated.ts";
import { mapping, optional, orShort, required } from "../config/mapping.ts";
import { type DevicesSetting, deviceAccess, type FurtherDevice } from "../confine/devices/setting.ts";

const below = () =>
	v.pipe(
		textLike(
			/^\/dev(?!\/(?:pts|shm|mqueue)\/)(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/,
			"expected the path of a device below /dev, such as /dev/net/tun; terminals and what lies in memory come with it",
		),
		v.check(
			(written) => leadsElsewhere(written) === undefined,
			({ input }) => `the value of \${${leadsElsewhere(input)}} has a component of its own; a variable inside a path is one name`,
		),
	);

const node = (): v.GenericSchema<unknown, FurtherDevice> =>
	orShort("path", mapping({ path: required(below), access: optional(() => choice(...deviceAccess), "rw") }));

/** What stands at `devices`. */
export const devicesSetting = (): v.GenericSchema<unknown, DevicesSetting> =>
	v.union(
		[
			v.literal("none"),
			v.pipe(
				v.literal("docker-default"),
				v.transform((): readonly FurtherDevice[] => []),
			),
			v.array(node()),
		],
		"expected none, docker-default or a list of further devices, each a path below /dev or {path, access}",
	);
