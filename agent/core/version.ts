// The version of the agent: what `ready`, `info` and --version say.

/** As in deno.json; version_test.ts compares. */
export const version = "0.1.0";
