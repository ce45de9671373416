// Written by `deno task policy` from policy/policy.jsonc. Do not edit.

import type { Profile } from "../compiled.ts";

/** The syscall profiles by name. */
export const profiles: Readonly<Record<string, Profile>> = {};
