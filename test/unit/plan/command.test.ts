import { describe, expect, it } from "vitest";
import { chooseCommand } from "../../../src/plan/command.ts";

const config = {
	default: ["rabbitmq-server"],
	prependIf: ["-*", "*.conf"],
	setupOnlyFor: ["rabbitmq*", "epmd"],
	skipSetupIf: ["--help"],
};

describe("chooseCommand", () => {
	it.each<[given: string[], argv: string[], skipSetup: boolean]>([
		[[], ["rabbitmq-server"], false],
		[["-detached"], ["rabbitmq-server", "-detached"], false],
		[["my.conf", "--x"], ["rabbitmq-server", "my.conf", "--x"], false],
		[["rabbitmqctl", "status"], ["rabbitmqctl", "status"], false],
		[["/usr/bin/epmd"], ["/usr/bin/epmd"], false],
		[["/rabbitmq/sh"], ["/rabbitmq/sh"], true],
		[["sh"], ["sh"], true],
		[["my-rabbitmq"], ["my-rabbitmq"], true],
		[["epmd2"], ["epmd2"], true],
		[["rabbitmq-server", "--help"], ["rabbitmq-server", "--help"], true],
	])("makes of %j the command %j, without setup: %s", (given, argv, skipSetup) => {
		expect(chooseCommand(given, config)).toEqual({ argv, skipSetup });
	});

	it("does the setup for every command when none are named", () => {
		expect(chooseCommand(["sh"], { ...config, setupOnlyFor: undefined })).toEqual({ argv: ["sh"], skipSetup: false });
	});
});
