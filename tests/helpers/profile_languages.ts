// Adds a language "as-PROFILE" to the compiled-in policy for every job profile. Used by
// profile_agent.ts.

import type { Language, Profile } from "../../policy/compiled.ts";
import { policy } from "../../policy/generated/policy.ts";
import { profiles } from "../../policy/generated/profiles.ts";

const languages = policy.languages as Record<string, Language>;

/** Profiles of jobs: all except the agent's own. */
export const jobProfiles: readonly string[] = Object.keys(profiles).filter((name) =>
  name !== "agent"
);

const known = profiles as Record<string, Profile>;
for (const profile of jobProfiles) {
  // The program is one that was written: what is tried here is the filter, without Landlock's part.
  if (known[profile].exec === "image") known[profile] = { ...known[profile], exec: "free" };
  languages[`as-${profile}`] = { ...languages.exec, name: `as-${profile}`, profile };
}
