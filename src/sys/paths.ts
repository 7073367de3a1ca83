export * from "../files/open.ts";
export * from "../files/path-text.ts";
export { UntrustedLink } from "../files/walk.ts";
