/** A profile as its file has it, with numbers of 64 bits. */
export interface WrittenProfile {
	readonly defaultAction: string;
	readonly defaultErrnoRet?: number;
	readonly architectures?: readonly string[];
	readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures: readonly string[] | null }[];
	readonly flags?: readonly string[];
	readonly syscalls?: readonly WrittenRule[];
}

export interface WrittenRule {
	readonly names: readonly string[];
	readonly action: string;
	readonly errnoRet?: number;
	readonly args?: readonly WrittenCondition[];
	readonly includes?: WrittenCircumstances;
	readonly excludes?: WrittenCircumstances;
}

export interface WrittenCondition {
	readonly index: number;
	readonly value: bigint;
	readonly valueTwo?: bigint;
	readonly op: string;
}

export interface WrittenCircumstances {
	readonly caps?: readonly string[];
	readonly arches?: readonly string[];
	readonly minKernel?: string;
}

/** The text of the file. */
export function textOf(value: unknown): string {
	if (typeof value === "bigint") {
		return value.toString();
	}
	if (Array.isArray(value)) {
		return `[${value.map(textOf).join(",")}]`;
	}
	if (typeof value === "object" && value !== null) {
		const members = Object.entries(value).filter(([, each]) => each !== undefined);
		return `{${members.map(([key, each]) => `${JSON.stringify(key)}:${textOf(each)}`).join(",")}}`;
	}
	return JSON.stringify(value);
}
