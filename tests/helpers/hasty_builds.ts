// Gives every build of the compiled-in policy smaller limits, for hasty_agent.ts.

import type { Language } from "../../policy/compiled.ts";
import { policy } from "../../policy/generated/policy.ts";

const languages = policy.languages as Record<string, Language>;
for (const [name, language] of Object.entries(languages)) {
  if (language.build === undefined) continue;
  const limits = { ...language.build.limits, timeout_ms: 3000, memory_bytes: 512 << 20 };
  languages[name] = { ...language, build: { ...language.build, limits } };
}
