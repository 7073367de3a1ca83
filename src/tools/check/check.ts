import { parseOptions, type RunOptions } from "../../cli/options.ts";
import { makePlan } from "../../cli/run.ts";
import { ifItCan } from "../../config/advice.ts";
import type { Config } from "../../config/config.ts";
import { keysIn, locate } from "../../config/locate.ts";
import { withNamedValues } from "../../config/named-values.ts";
import { parseConfig } from "../../config/parse.ts";
import { readTrustedFile } from "../../config/trust.ts";
import { readAccounts } from "../../identity/account-files.ts";
import type { Accounts } from "../../identity/identity.ts";
import { failUnknownUser, groupId } from "../../identity/resolve.ts";
import { parseUserSpec } from "../../identity/user-spec.ts";
import { chooseCommand } from "../../plan/command.ts";
import { parseEnvironment } from "../../plan/environment.ts";
import { outlookOf } from "../../plan/foretell.ts";
import { imaginedStart, type OtherStart, seenByOther, seenByRoot } from "../../plan/granted-start.ts";
import { missingIn } from "../../plan/missing.ts";
import { obstaclesIn } from "../../plan/obstacles-of-image.ts";
import { closingLine } from "../../report/closing.ts";
import type { Correction } from "../../report/correction.ts";
import { dress } from "../../report/dress.ts";
import { type Diagnostic, Failure } from "../../report/failure.ts";
import { json } from "../../report/json.ts";
import { openLog } from "../../report/log.ts";
import { diagnosticAt, type Source, sourceOf } from "../../report/source.ts";
import { terminalOf, wrap } from "../../report/terminal.ts";
import { printable } from "../../report/text.ts";
import { linesOf } from "../../report/ways.ts";
import { loadSteps } from "../../steps/index.ts";
import type { Host, YamlNode } from "../../sys/native.ts";
import { unifiedDiff } from "../rewrite/diff.ts";
import { replaceFile } from "../rewrite/replace.ts";
import { planAsFarAsItGoes } from "./as-far-as-it-goes.ts";
import { faultsOfFile, stepsAlone } from "./file-alone.ts";
import { filterFacts } from "./filter.ts";
import { type Found, fixes, type Mended, renderFixed } from "./fix.ts";
import { asFinding, type Finding, inFileOrder, lint, renderText } from "./lint/findings.ts";
import type { ImageFacts } from "./lint/rule.ts";
import { renderSarif } from "./lint/sarif.ts";
import { restOf, toldOfRest } from "./rest.ts";

export const checkFormats = ["text", "json", "sarif"] as const;

export interface CheckOptions {
	readonly format: string;
	/** Whether this is the image that the file belongs to: users, programs and paths are looked at then. */
	readonly image: boolean;
	/** Whom the image starts as. */
	readonly imageUser: string | undefined;
	readonly version: string;
	/** What follows `--`: the command that the container is started with. */
	readonly command?: readonly string[] | undefined;
	/** Whether what is certain is mended first, or would be. */
	readonly fix?: "write" | "show" | undefined;
}

/** Validates a file and lints it, mended where that is asked for. Whether there is anything to mend; notes are none. */
export async function check(host: Host, file: string, options: CheckOptions): Promise<boolean> {
	if (options.fix === "show") {
		return await showFixes(host, file, options);
	}
	if (options.fix === "write") {
		await writeFixes(host, file, options);
	}
	const found = await findAll(host, file, options);
	// What will start the image is not what checks it.
	const findings = found.findings.map((each) => ({ ...each, remedy: each.remedy.flatMap((line) => linesOf(line)) }));
	switch (options.format) {
		case "json":
			host.write(1, `${json(findings.map(withoutSource), 2)}\n`);
			break;
		case "sarif":
			host.write(1, renderSarif(findings, options.version));
			break;
		default:
			for (const finding of findings) {
				host.write(1, dress(renderText(finding), finding.severity, terminalOf(host, 1)));
			}
			sayMore(host, findings.length === 0 ? nothingToMend(host, file, options) : closingLine(findings));
	}
	return hasProblems(findings);
}

function hasProblems(findings: readonly Finding[]): boolean {
	return findings.some(({ severity }) => severity !== "note");
}

function sayMore(host: Host, line: string): void {
	if (line !== "") {
		host.write(1, line);
	}
}

/** For who looks at a terminal; a script has the exit status. */
function nothingToMend(host: Host, file: string, { image }: CheckOptions): string {
	const looked = image
		? "nothing to mend, with the users, programs and paths here"
		: "nothing to mend; --image looks at users, programs and paths here too";
	return host.windowColumns(1) < 0 ? "" : `${wrap(`abdicate: ${printable(file)}: ${looked}`, terminalOf(host, 1).columns)}\n`;
}

/** What the image tells of a mended file is only known when it is there. */
const mostRounds = 20;

async function writeFixes(host: Host, file: string, options: CheckOptions): Promise<void> {
	const earlier: Correction[] = [];
	for (let round = 0; round < mostRounds; round++) {
		const { text, done, made } = await fixesOf(host, file, options);
		const last = done.at(-1);
		if (text === undefined || last === undefined) {
			return;
		}
		replaceFile(host, { path: file, before: text, after: last.after });
		for (const each of done) {
			host.write(options.format === "text" ? 1 : 2, renderFixed(each, earlier));
		}
		earlier.push(...made);
	}
}

/** The difference alone, and beside it that there is more than it mends. */
async function showFixes(host: Host, file: string, options: CheckOptions): Promise<boolean> {
	const { text = "", done, left, first } = await fixesOf(host, file, options);
	host.write(1, unifiedDiff({ path: file, before: text, after: done.at(-1)?.after ?? text }));
	if (hasProblems(left)) {
		const number = left.filter(({ severity }) => severity !== "note").length;
		const words = number === 1 ? "1 finding has" : `${number} findings have`;
		openLog(host, { level: 0 }).progress(`${words} no one right answer: abdicate check ${file}`);
	}
	return hasProblems(first.findings);
}

async function fixesOf(
	host: Host,
	file: string,
	options: CheckOptions,
): Promise<Pick<FoundInFile, "text"> & Mended & { readonly first: FoundInFile }> {
	const first = await findAll(host, file, options);
	const { text } = first;
	const find = (changed: string) => findIn(host, file, changed, { ...options, image: false });
	const ofFile = { ...first, findings: first.findings.filter((each) => each.file === file) };
	const mended = text === undefined ? { done: [], made: [], left: first.findings } : await fixes(host, text, ofFile, find);
	return { ...mended, first, ...(text === undefined ? {} : { text }) };
}

export interface FoundInFile extends Found {
	/** What was read. */
	readonly text?: string;
}

/** All that there is to tell of a file, in its order. */
export async function findAll(host: Host, file: string, options: CheckOptions): Promise<FoundInFile> {
	try {
		const text = readTrustedFile(host, file, host.getresuid()[1] === 0);
		return { text, ...(await findIn(host, file, text, options)) };
	} catch (error) {
		return { findings: findingsOf(file, error), isRead: false };
	}
}

function findingsOf(file: string, error: unknown): readonly Finding[] {
	if (error instanceof Failure) {
		return error.diagnostics.map((each) => asFinding(file, each));
	}
	throw error;
}

/** What is wrong is left out, and what is wrong with the rest told too: one layer of looking hides the next. */
async function findIn(host: Host, file: string, text: string, options: CheckOptions): Promise<Found> {
	const first = await findNamed(host, file, text, options);
	let [root, found, told] = [first.findings.some(isOfPlan) ? ifItCan(() => host.parseYaml(text)) : undefined, first, first.findings];
	let steps: readonly number[] | undefined;
	for (let layer = 0; layer < mostLayers && text.length < longest && root !== undefined && root.kind !== "fault"; layer++) {
		const rest = restOf(root, found.findings.filter(isOfPlan));
		if (rest === undefined) {
			break;
		}
		root = rest.root;
		steps = rest.steps.map((index) => steps?.[index] ?? index);
		const reads = Object.assign(Object.create(host) as Host, { parseYaml: readingOf(host, text, root) });
		// The plan of an image goes on behind what it refuses by itself, and is nothing for a user who is not the one that is meant.
		const image = options.image && !first.isRead && rest.hasUser;
		found = await findNamed(reads, file, text, { ...options, image });
		const fresh = toldOfRest(told, found.findings, steps);
		told = fresh.length === 0 ? told : inFileOrder([...told, ...fresh], file);
	}
	const isRefused = ({ code, key }: Finding) => code === "LINT_HUGE_TREE" && told.some((each) => each.key === key && isOfPlan(each));
	return { findings: told.filter((each) => !isRefused(each)), isRead: first.isRead };
}

/** Each layer takes as long as the first one. */
const longest = 16 * 1024;

/** What a rule finds hides nothing. */
function isOfPlan({ severity, code }: Finding): boolean {
	return severity === "error" && !code.startsWith("LINT_");
}

/** Syntax, shapes, who and what is there, and what the rules find. */
const mostLayers = 3;

function readingOf(host: Host, text: string, root: YamlNode): Host["parseYaml"] {
	return (each) => (each === text ? root : host.parseYaml(each));
}

async function findNamed(host: Host, file: string, text: string, options: CheckOptions): Promise<Found> {
	const { findings, isRead } = await findAsStarted(host, file, text, options);
	return { findings: text.includes("${") ? findings.map((each) => withNamedValues(each, text)) : findings, isRead };
}

/** With the values that a start here would have. */
async function findAsStarted(host: Host, file: string, text: string, options: CheckOptions): Promise<Found> {
	try {
		const environment = parseEnvironment(host.environ());
		const config = await parseConfig(text, file, { reads: host, environment, loadSteps, unasked: "all" });
		const root = (host.parseYaml(text) ?? { kind: "mapping", line: 1, column: 1, entries: [] }) as YamlNode;
		const source = sourceOf(file, text);
		const [image, faults] = options.image ? await imageFacts(host, file, config, options) : [undefined, []];
		const ofImage = faults.filter(({ code }) => code !== "INTERPOLATION_UNSET");
		const { filter: seccomp, stored, unread, faults: ofFilter } = await filterFacts(host, { file, text, config, isImage: options.image });
		const ofFile = [...faultsOfFile(config, file, text, host), ...ofFilter].filter(
			({ code, where }) => !ofImage.some((each) => each.code === code && each.where === where),
		);
		const given = wordsGiven(config, options);
		const linted = lint({ config, root, given, reads: host, image, seccomp, stored, unread, steps: stepsAlone(config, host) }, source);
		// The rule knows of it from the file alone, and where it stands.
		const isLinted = ({ code }: Diagnostic) => code === "INIT_REFUSED" && linted.some((each) => each.code === "LINT_INIT_WORKLOAD");
		const problems = [...ofImage, ...ofFile].filter((each) => !isLinted(each)).map((each) => asFinding(file, each));
		return {
			findings: [...problems, ...inFileOrder([...lackingHere(config, root, source), ...linted], file), ...noUser(root, file, options)],
			isRead: true,
		};
	} catch (error) {
		return { findings: findingsOf(file, error), isRead: false };
	}
}

/** The words that were given, completed as a start does. */
function wordsGiven({ command }: Config, { command: words = [] }: CheckOptions): readonly string[] | undefined {
	return words.length === 0 ? undefined : chooseCommand(words, command).argv;
}

/** Whoever starts the container gives the variables; here they need not be. A step with a condition may do without. */
function lackingHere({ lacks = [], setup }: Config, root: YamlNode, source: Source): Finding[] {
	const ofSteps = setup.flatMap(({ when, lacks: ofStep = [] }, index) =>
		when === undefined ? ofStep.map((each) => ({ ...each, at: `setup[${index}]${each.at}` })) : [],
	);
	return [...lacks, ...ofSteps].map(({ at, code, message }): Finding => {
		const { node, words } = locate(root, keysIn(at), false);
		return {
			...asFinding(source.file, { ...diagnosticAt(source, { node, words }, code, message), remedy: [giveIt] }),
			severity: "note",
		};
	});
}

/** Of a file alone: where the image is looked at, it is an error of the plan. */
function noUser(root: YamlNode, file: string, { image }: CheckOptions): Finding[] {
	const remedy = ["user: app in the configuration file, or --user app of each start"];
	return image || (root.kind === "mapping" && root.entries.some(([{ text }]) => text === "user"))
		? []
		: [{ ...asFinding(file, { code: "USER_MISSING", message: "no user is configured", remedy }), severity: "note" }];
}

const giveIt = "here it need not be set; a start wants it: docker run --env, or a value of its own here: ${NAME:-value}";

/** What would happen here, as if started as root with everything; what cannot even be planned is a finding of its own, and hides nothing else. */
async function imageFacts(
	host: Host,
	file: string,
	{ command }: Config,
	{ imageUser, command: given = [] }: CheckOptions,
): Promise<[ImageFacts | undefined, readonly Diagnostic[]]> {
	// Without a command of the file's own, what follows does not depend on which it is: this is there in any case.
	const words = given.length > 0 ? ["--", ...given] : command.default.length === 0 ? ["--", "/"] : [];
	try {
		const reads = seenByRoot(host);
		const options = parseOptions(["--config", file, ...words]);
		const { planned, faults, isCommandKnown } = await planAsFarAsItGoes(reads, options, file);
		if (planned === undefined) {
			return [undefined, faults];
		}
		const { plan, start } = planned;
		const ofOther = faults.length > 0 ? undefined : await planOfOther(host, options, imageUser);
		const outlook = outlookOf(plan, start, reads);
		const missing = missingIn(outlook);
		return [{ plan, outlook, missing, obstacles: obstaclesIn(outlook), isCommandKnown, ...(ofOther && { ofOther }) }, faults];
	} catch (error) {
		if (error instanceof Failure) {
			return [undefined, error.diagnostics];
		}
		throw error;
	}
}

/** Of a start as whom the image starts, or as who checks, where that is not root. */
async function planOfOther(host: Host, options: RunOptions, imageUser: string | undefined): Promise<ImageFacts["ofOther"]> {
	const other = imageUser === undefined ? undefined : startUser(readAccounts(host), imageUser);
	if ((other?.uid ?? host.getresuid()[1]) === 0) {
		return undefined;
	}
	const reads = other === undefined ? host : seenByOther(host, other);
	try {
		return { planned: await makePlan(reads, options, "look", imaginedStart), reads };
	} catch (error) {
		if (error instanceof Failure) {
			return error;
		}
		throw error;
	}
}

/** As a runtime reads USER of an image: nothing is root, and the group is that of the account, or root's. */
function startUser(accounts: Accounts, written: string): OtherStart {
	const where = "--image-user";
	const { user, group } = parseUserSpec(written.replace(/^(?:root)?(?=:|$)/, "0"), where);
	const account =
		typeof user === "number" ? accounts.userById(user) : (accounts.userByName(user) ?? failUnknownUser(user, where, accounts));
	const uid = typeof user === "number" ? user : (account?.uid ?? 0);
	const gid = group === undefined ? (account?.gid ?? 0) : groupId(group, accounts, where);
	return { uid, gid, groups: group === undefined && account !== undefined ? accounts.membershipsOf(account.name) : [] };
}

function withoutSource({ text: _, correction: __, ...finding }: Finding): object {
	return finding;
}
