import type * as v from "valibot";
import { choice, oneOrMany } from "../config/fields.ts";
import { type NamespacesSetting, namespaceNames } from "../confine/namespaces.ts";

/** What stands at `namespaces`. */
export const namespacesSetting = (): v.GenericSchema<unknown, NamespacesSetting> => oneOrMany(choice(...namespaceNames));
