import * as v from "valibot";
import { choice, environmentName, oneOrMany, path, pathPattern } from "../../config/fields.ts";
import { type FieldsOutput, isMapping, list, mapping, optional, required } from "../../config/mapping.ts";
import { failBecame } from "../../files/exact-mode.ts";
import { expandPattern, mustListNames } from "../../files/glob.ts";
import { isDirectory, isRegular } from "../../files/kind.ts";
import { absolutePath, splitPath } from "../../files/path-text.ts";
import { othersMayWrite } from "../../files/permissions.ts";
import { placeFile, writeWhole } from "../../files/place.ts";
import { removeAbandoned } from "../../files/stage.ts";
import { whyUnread } from "../../files/unread.ts";
import { fail } from "../../report/failure.ts";
import type { Problem } from "../../report/problem.ts";
import { quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { must } from "../../sys/act.ts";
import { AT, O } from "../../sys/constants.ts";
import { givenVariable, nameOfEntry, splitEntry } from "../../sys/environ.ts";
import { errno, saysAbsent } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Errno, Host, Reads } from "../../sys/native.ts";
import { errnoOf, mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { toldBy } from "../common/obstacle.ts";
import type { Obstacle, Outcome, Phased, Step, VariableChange } from "../step.ts";
import { certificatesIn, parsePem, renderPem } from "./pem.ts";

export interface CaCertificatesAction extends Phased {
	readonly variableChange: VariableChange;
	readonly bundle: string;
	/** The first of these that is there is the system's bundle. */
	readonly system: readonly string[];
	readonly systemIsRequired: boolean;
	/** Files, directories and patterns. */
	readonly paths: readonly string[];
	/** `NAME=value` of variables that hold certificates. */
	readonly environment: readonly string[];
}

const usualBundles = [
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
];
const base = "SSL_CERT_FILE";
const usualVariables = [base, "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "AWS_CA_BUNDLE"];

const names = () => oneOrMany(environmentName() as v.GenericSchema<unknown, string>);
const extra = () =>
	v.pipe(
		v.unknown(),
		v.transform((value): unknown => (isMapping(value) ? value : { paths: value })),
		mapping({ paths: list(() => oneOrMany(pathPattern())), env: list(names) }),
	);

const fields = {
	bundle: required(path),
	extra: optional(extra, { paths: [], env: [] }),
	system: optional(() => v.union([choice("auto", "none"), path()], "expected auto, none or a path"), "auto"),
	export: optional(names),
};

export const caCertificates: Step<FieldsOutput<typeof fields>, CaCertificatesAction> = {
	summary: "Writes the system's certificate authorities and extra ones to a bundle, as the user, and points the workload to it.",
	schema: () => mapping(fields, { path: ["bundle"] }),
	plan: (config, { reads, environment }) => {
		const workdir = mustRead("getcwd", reads.getcwd());
		const bundle = absolutePath(config.bundle, workdir);
		const named = givenVariable(environment, base);
		const usual = named === undefined || named === bundle ? usualBundles : [named, ...usualBundles];
		const isNamed = config.system !== "auto" && config.system !== "none";
		// Where one of the others points already is somebody's decision; what SSL_CERT_FILE points to is in the bundle.
		const variables = config.export ?? usualVariables.filter((name) => name === base || givenVariable(environment, name) === undefined);
		return {
			bundle,
			system: config.system === "auto" ? usual : isNamed ? [absolutePath(config.system, workdir)] : [],
			systemIsRequired: isNamed,
			paths: config.extra.paths.map((each) => absolutePath(each, workdir)),
			environment: config.extra.env.flatMap((name) => {
				const value = givenVariable(environment, name);
				return value === undefined ? [] : [`${name}=${value}`];
			}),
			variableChange: { unset: [], set: Object.fromEntries(variables.map((name) => [name, bundle])) },
			afterDrop: true,
		};
	},
	describe: ({ bundle, paths, environment }) => {
		const sources = [...paths, ...environment.map((each) => `$${nameOfEntry(each)}`)];
		return `${bundle} with ${sources.join(" ") || "the system's"}, after the drop`;
	},
	needs: () => [],
	mayNeed: () => [],
	obstacles: (action, reads, isClose) => (isClose ? [...sourceObstacles(action, reads), ...placeObstacles(action, reads)].slice(0, 1) : []),
	makes: ({ bundle }) => [{ path: bundle }],
	variables: ({ variableChange }) => variableChange,
	isAfterDrop: ({ afterDrop }) => afterDrop,
	apply: (action, { host }) => {
		const system = systemCertificates(host, action);
		const known = new Set(system);
		const added = [...new Set(extraCertificates(host, action))].filter((each) => !known.has(each));
		if (system.length + added.length === 0) {
			fail("STEP_FAILED", nothingToWrite);
		}
		return place(host, action.bundle, renderPem([...system, ...added]), `${system.length} of the system and ${added.length} extra`);
	},
};

function placeObstacles({ bundle }: CaCertificatesAction, reads: Reads): Obstacle[] {
	const { parent } = splitPath(bundle);
	const code = errnoOf(reads.statat(AT.FDCWD, parent, 0));
	return saysAbsent(code) ? [{ ...unwritable(bundle, new SyscallError("open", code)), at: [parent] }] : [];
}

/** Who looks may read more than the user: that there is none at all is all that is sure. */
function sourceObstacles(action: CaCertificatesAction, reads: Reads): Obstacle[] {
	try {
		return systemCertificates(reads, action).length + extraCertificates(reads, action).length > 0
			? []
			: [{ message: nothingToWrite, at: [...action.system, ...action.paths] }];
	} catch (error) {
		return toldBy(error, ...action.paths);
	}
}

const nothingToWrite = "there is no certificate to write: the system has no bundle, and nothing extra is there";

function unwritable(path: string, { call, errno: code }: SyscallError): Problem {
	return {
		message: `the user cannot write ${quoted(path)}: ${call}: ${errnoText(call, code).message}`,
		remedy: [
			`mkdir: ${yamlScalar(splitPath(path).parent)}, before this step, or a bundle where the user may write: a tmpfs at /tmp or /run`,
		],
	};
}

const sizeLimit = 1024 * 1024;

/** A regular file as text. What could keep the reader waiting is not read. */
function readText(reads: Reads, path: string): string | Errno {
	const fd = reads.openRead(AT.FDCWD, path, O.RDONLY | O.NONBLOCK | O.NOCTTY, 0);
	if (fd < 0) {
		return fd;
	}
	return withDescriptor(reads, fd, () => {
		const stat = reads.fstat(fd);
		return typeof stat !== "number" && isRegular(stat) ? reads.readAll(fd, sizeLimit) : -errno.EINVAL;
	});
}

function systemCertificates(reads: Reads, { system, systemIsRequired }: CaCertificatesAction): string[] {
	for (const path of system) {
		const text = readText(reads, path);
		if (typeof text === "string") {
			return certificatesIn(text);
		}
		// What is not there, or is no file, is not the system's bundle.
		if (systemIsRequired || !(saysAbsent(text) || text === -errno.EINVAL)) {
			unreadable(path, text);
		}
	}
	return [];
}

function extraCertificates(reads: Reads, { paths, environment }: CaCertificatesAction): string[] {
	const fromFiles = paths
		.flatMap((path) => filesOf(reads, path))
		.flatMap((path) => {
			const text = readText(reads, path);
			return typeof text === "string" ? checked(quoted(path), text) : unreadable(path, text);
		});
	const fromVariables = environment.flatMap((entry) => {
		const [name, value] = splitEntry(entry);
		return checked(`the variable ${quoted(name)}`, value);
	});
	return [...fromFiles, ...fromVariables];
}

/** Of a directory, as secrets are mounted, what is called a certificate. */
function filesOf(reads: Reads, path: string): string[] {
	const stat = reads.statat(AT.FDCWD, path, 0);
	const expand = (pattern: string) => expandPattern(reads, pattern, (directory) => namesIn(reads, directory));
	return typeof stat !== "number" && isDirectory(stat) ? [...expand(`${path}/*.crt`), ...expand(`${path}/*.pem`)] : expand(path);
}

/** A directory that cannot be read, closed to the user or on a mount whose server is gone, may hold authorities that are missing then. */
function namesIn(reads: Reads, directory: string): readonly string[] {
	const fd = reads.openRead(AT.FDCWD, directory, O.RDONLY | O.DIRECTORY, 0);
	try {
		return mustListNames(reads, fd);
	} catch (error) {
		throw error instanceof SyscallError ? unreadable(directory, -error.errno) : error;
	}
}

function checked(where: string, text: string): readonly string[] {
	const { certificates, fault } = parsePem(text);
	if (fault !== undefined) {
		fail("STEP_FAILED", `${where}: ${fault}`, { remedy: ["expected -----BEGIN CERTIFICATE----- blocks, and nothing else in blocks"] });
	}
	return certificates;
}

function unreadable(path: string, code: Errno): never {
	const { message, remedy } = code === -errno.EINVAL ? { message: "it is no regular file" } : whyUnread(code, sizeLimit);
	fail("STEP_FAILED", `${quoted(path)} cannot be read by the user: ${message}`, { remedy });
}

/** Only a file that nobody else can change is left as it is. */
function place(host: Host, path: string, content: string, detail: string): Outcome {
	const stat = host.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
	const isOurs =
		typeof stat !== "number" &&
		isRegular(stat) &&
		(stat.mode & othersMayWrite) === 0 &&
		(stat.uid === 0 || stat.uid === host.getresuid()[1]);
	if (isOurs && readText(host, path) === content) {
		return { state: "ok", detail };
	}
	try {
		replace(host, path, content);
	} catch (error) {
		if (error instanceof SyscallError) {
			const { message, remedy } = unwritable(path, error);
			fail("STEP_FAILED", message, { remedy });
		}
		throw error;
	}
	return { state: "changed", detail };
}

function replace(host: Host, path: string, content: string): void {
	const { parent, name } = splitPath(path);
	const directory = must(host, "open", AT.FDCWD, parent, O.PATH | O.DIRECTORY, 0, 0) as number;
	withDescriptor(host, directory, () => {
		removeAbandoned(host, directory);
		const wanted = { mode: 0o644, uid: undefined, gid: undefined };
		const placed = placeFile(host, { directory, name, path, isPrivate: false }, wanted, (fd) => writeWhole(host, fd, content));
		if (placed === undefined) {
			throw new SyscallError("renameat2", errno.EEXIST);
		}
		if ((placed.mode & othersMayWrite) !== 0) {
			// Whom the workload trusts would be for others to say.
			failBecame(path, wanted, placed);
		}
	});
}
