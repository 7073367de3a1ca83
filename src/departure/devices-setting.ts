import * as v from "valibot";
import { choice, textLike } from "../config/fields.ts";
import { formed } from "../config/form.ts";
import { leadsElsewhere } from "../config/interpolated.ts";
import { mapping, optional, orShort, readAt, required } from "../config/mapping.ts";
import { type DevicesSetting, deviceAccess, type FurtherDevice } from "../confine/devices/setting.ts";

/** `HOST:CONTAINER:rwm`, as Docker has it; a name like pci-0000:00:1f.2 has colons of its own. */
const ofDocker = /:\/|:[rwm]{1,3}$/;

const below = () =>
	v.pipe(
		textLike(
			/^\/dev(?!\/(?:pts|shm|mqueue)\/)(?:\/(?!\.{1,2}(?:\/|$))[^/*?]+)+$/,
			"expected the path of a device below /dev, such as /dev/net/tun; terminals and what lies in memory come with it",
		),
		v.check((written) => !ofDocker.test(written), "expected the path alone, as the container has it, and access: rw, r or w beside it"),
		v.check(
			(written) => leadsElsewhere(written) === undefined,
			({ input }) => `the value of \${${leadsElsewhere(input)}} has a component of its own; a variable inside a path is one name`,
		),
	);

const node = (): v.GenericSchema<unknown, FurtherDevice> =>
	orShort("path", mapping({ path: required(below), access: optional(() => choice(...deviceAccess), "rw") }));

const expected = "expected none, docker-default or a list of further devices, each a path below /dev or {path, access}";

/** What stands at `devices`. */
export const devicesSetting = (): v.GenericSchema<unknown, DevicesSetting> => {
	const word = choice("none", "docker-default");
	const list = v.array(node());
	const schema = v.pipe(
		v.unknown(),
		v.rawTransform<unknown, DevicesSetting>(({ dataset: { value }, addIssue, NEVER }) => {
			if (Array.isArray(value)) {
				return readAt(list, value, [], addIssue) as readonly FurtherDevice[];
			}
			if (value === "none") {
				return value;
			}
			if (value === "docker-default") {
				return [];
			}
			addIssue({ message: expected });
			return NEVER;
		}),
	);
	return formed(schema, { anyOf: [word, list] });
};
