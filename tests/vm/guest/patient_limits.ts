// Gives jobs and builds of the compiled-in policy eight times as long, for patient_agent.ts.

import type { Language } from "../../../policy/compiled.ts";
import { policy } from "../../../policy/generated/policy.ts";

const TIMES = 8;

const { timeout_ms, cpu_ms } = policy.limits;
for (const limit of [timeout_ms, cpu_ms]) Object.assign(limit, { max: TIMES * limit.max });
for (const { build } of Object.values(policy.languages as Record<string, Language>)) {
  if (build === undefined) continue;
  const { limits } = build;
  Object.assign(limits, {
    timeout_ms: TIMES * limits.timeout_ms,
    cpu_ms: TIMES * limits.cpu_ms,
  });
}
