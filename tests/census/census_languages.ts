// Adds a language "census-PROFILE" to the compiled-in policy for every job profile: the walker,
// under that profile with all that belongs to it.
//
// The dynamic linker starts it. So the program that is executed is the guest's, as `programs` asks
// for, and no profile has to be changed. Used by census_agent.ts.

import type { Language } from "../../policy/compiled.ts";
import { policy } from "../../policy/generated/policy.ts";
import { profiles } from "../../policy/generated/profiles.ts";

/** Every profile of jobs. */
export const jobProfiles: readonly string[] = Object.keys(profiles).filter((name) =>
  name !== "agent"
);

/** The dynamic linker of this machine. */
export const linker = Deno.build.arch === "aarch64"
  ? "/lib/ld-linux-aarch64.so.1"
  : "/lib64/ld-linux-x86-64.so.2";

const languages = policy.languages as Record<string, Language>;
for (const profile of jobProfiles) {
  const name = `census-${profile}`;
  languages[name] = { ...languages.exec, name, argv: [linker, "./main"], mode: 0o600, profile };
}

// How many sandboxes are kept ready depends on the machine's memory; here it is one.
(policy as { prepared?: number }).prepared = 1;
