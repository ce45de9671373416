// Adds a language "as-PROFILE" for every profile of a job to the compiled-in policy, for
// profile_agent.ts.

import type { Language } from "../../policy/compiled.ts";
import { policy } from "../../policy/generated/policy.ts";
import { profiles } from "../../policy/generated/profiles.ts";

const languages = policy.languages as Record<string, Language>;

/** Profiles of jobs: all but the agent's own. */
export const jobProfiles: readonly string[] = Object.keys(profiles).filter((name) =>
  name !== "agent"
);

for (const profile of jobProfiles) {
  languages[`as-${profile}`] = { ...languages.exec, name: `as-${profile}`, profile };
}
