// The agent's version, as shown by `ready`, `info` and --version.

/** Same as in deno.json; version_test.ts compares them. */
export const version = "0.1.0";
