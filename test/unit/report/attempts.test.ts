import { describe, expect, it } from "vitest";
import { Attempts, Consequence, withUnknown } from "../../../src/report/attempts.ts";
import { type Diagnostic, Failure, fail } from "../../../src/report/failure.ts";

const one: Diagnostic = { code: "USER_UNKNOWN", message: "one", where: "user" };
const two: Diagnostic = { code: "GROUP_UNKNOWN", message: "two" };

function told(errors: Attempts): readonly Diagnostic[] {
	try {
		errors.end();
	} catch (error) {
		return (error as Failure).diagnostics;
	}
	return [];
}

describe("attempts", () => {
	it("keep what goes wrong, each thing once, and go on", () => {
		const errors = new Attempts();
		expect(errors.attempt(() => 7)).toBe(7);
		expect(errors.attempt(() => fail(one.code, one.message, { where: one.where }))).toBeUndefined();
		expect(
			errors.attempt(() => {
				throw new Failure(two, one);
			}),
		).toBeUndefined();
		expect(told(errors)).toEqual([one, two]);
	});

	it("say nothing of what only follows, which without a reason is a defect", () => {
		const errors = new Attempts();
		errors.attempt(() => {
			throw new Consequence();
		});
		expect(() => errors.end()).toThrow(Consequence);
		errors.attempt(() => fail("USER_UNKNOWN", "one", { where: "user" }));
		expect(told(errors)).toEqual([one]);
	});

	it("end at a defect", () => {
		expect(() =>
			new Attempts().attempt(() => {
				throw new TypeError("of ours");
			}),
		).toThrow(new TypeError("of ours"));
	});

	it("are fine when nothing went wrong", () => {
		expect(new Attempts().end()).toBeUndefined();
	});
});

it("what is not known cannot be looked at, nor copied", () => {
	const half = withUnknown<{ a: number; b: number }>({ a: 1 }, "b");
	expect(half.a).toBe(1);
	expect(() => half.b).toThrow(Consequence);
	expect(() => ({ ...half })).toThrow(Consequence);
});
