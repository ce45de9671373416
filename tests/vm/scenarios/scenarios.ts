// All scenarios of the guest, in running order: first what must work, then what must not.

import { cgroupBaseScenarios } from "./cgroup_base_scenarios.ts";
import { censusScenarios } from "./census_scenarios.ts";
import { cgroupScenarios } from "./cgroup_scenarios.ts";
import { confinementScenarios } from "./confinement_scenarios.ts";
import { connectionScenarios } from "./connection_scenarios.ts";
import { deniedScenarios } from "./denied_scenarios.ts";
import { faultScenarios } from "./fault_scenarios.ts";
import { fileScenarios } from "./file_scenarios.ts";
import { halfOpenScenarios } from "./half_open_scenarios.ts";
import { exhaustionScenarios } from "./exhaustion_scenarios.ts";
import { momentScenarios } from "./moment_scenarios.ts";
import { identityScenarios } from "./identity_scenarios.ts";
import { limitScenarios } from "./limit_scenarios.ts";
import { profileScenarios } from "./profile_scenarios.ts";
import { projectScenarios } from "./project_scenarios.ts";
import { runningScenarios } from "./running_scenarios.ts";
import type { Scenario } from "../guest/scenario.ts";
import { waitingScenarios } from "./waiting_scenarios.ts";
import { warmScenarios } from "./warm_scenarios.ts";

/** All scenarios. A new subject gets its own file and a line here. */
export const scenarios: readonly Scenario[] = [
  ...runningScenarios,
  ...fileScenarios,
  ...projectScenarios,
  ...waitingScenarios,
  ...warmScenarios,
  ...identityScenarios,
  ...limitScenarios,
  ...cgroupScenarios,
  ...cgroupBaseScenarios,
  ...censusScenarios,
  ...faultScenarios,
  ...confinementScenarios,
  ...profileScenarios,
  ...deniedScenarios,
  ...connectionScenarios,
  ...halfOpenScenarios,
  ...momentScenarios,
  ...exhaustionScenarios,
];
