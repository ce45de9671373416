// Runs a thousand jobs in a row and measures what they leave behind.

import { census, residentBytes } from "../../tests/helpers/census.ts";
import { maySee } from "./footprint.ts";
import { repeat, request, timeJob } from "./jobs.ts";
import type { Session } from "./session.ts";
import { pause } from "./wire.ts";

const JOBS = 1000;
/** Time until the last sandbox has been removed and the next one made. */
const SETTLE_MS = 300;

const total = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Runs the jobs. Call this last, when the agent's heap has reached its size. */
export function measureLeaks({ rows, agent, wire, native }: Session): void {
  const look = () => {
    pause(SETTLE_MS);
    const { processes, descriptors, files } = census(agent.pid);
    return {
      leakRss: residentBytes(agent.pid) / 1024,
      leakDescriptors: total(descriptors),
      leakProcesses: total(processes),
      files: files.length,
    };
  };
  const bytes = request("exec", Deno.readFileSync(native.tiny));
  const before = look();
  repeat(JOBS, 0, () => timeJob(wire, bytes));
  const after = look();
  for (const key of ["leakRss", "leakDescriptors", "leakProcesses"] as const) {
    if (key === "leakDescriptors" && !maySee) continue;
    rows.add(key, [after[key]]);
    rows.add(key, [before[key]], "before");
  }
  rows.add("leakFiles", [after.files - before.files]);
}
