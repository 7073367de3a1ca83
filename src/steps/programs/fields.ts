import { environmentName, text } from "../../config/fields.ts";
import { record } from "../../config/mapping.ts";

/** Of a program of a step: on top of the environment that it gets. */
export const variables = () => record(environmentName(), text(), "expected NAME: value");

/** The name of the process that a step with one program has. */
export const program = "program";
