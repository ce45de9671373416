// Memory and size, each measured once: an agent that has run no job, its launchers, and the bytes
// that the project adds.

import type { PeerKey } from "./catalogue.ts";
import { below, maySee, type Memory, memoryOf, withIdle } from "./footprint.ts";
import { isInstalled, programs } from "./interpreters.ts";
import { request, timeJob } from "./jobs.ts";
import type { Session } from "./session.ts";
import { BlockingWire, pause } from "./wire.ts";

/** Time in which an interpreter begins to wait, and every sandbox is made. */
const REST_MS = 1000;

/** Measures an idle agent. Call this before any job. */
export async function measureIdle({ rows, agent, form }: Pick<Session, "rows" | "agent" | "form">) {
  const add = ({ rssKib, pssKib, pssAnonKib, pssFileKib }: Memory, peer?: PeerKey) => {
    rows.add("rss", [rssKib], peer);
    rows.add("pss", [pssKib], peer);
    rows.add("pssAnon", [pssAnonKib], peer);
    rows.add("pssFile", [pssFileKib], peer);
  };
  if (!maySee) return;
  add(memoryOf(agent.pid));
  add(await withIdle(form.idle, memoryOf), "empty");
  rows.add("launcher", below(agent.pid).launchers.map((pid) => memoryOf(pid).rssKib));
}

/** Measures an agent beside which an interpreter waits, with all of its processes. */
export function measureWaiting({ rows, agent }: Pick<Session, "rows" | "agent">) {
  if (!maySee) return;
  const pss = (pids: readonly number[]) => pids.reduce((sum, pid) => sum + memoryOf(pid).pssKib, 0);
  using wire = new BlockingWire(agent.path);
  wire.message(); // ready
  for (const language of ["python", "node"] as const) {
    const program = programs.find((program) => program.language === language);
    if (program === undefined || !isInstalled(program)) continue;
    timeJob(wire, request(language, "")); // now this language's is the one that waits
    pause(REST_MS);
    const { launchers, programs: interpreters } = below(agent.pid);
    const parts = [[agent.pid], launchers, interpreters].map(pss);
    rows.add(`${language}Pss`, [parts.reduce((sum, kib) => sum + kib, 0)]);
    rows.add(`${language}PssAgent`, [parts[0]]);
    rows.add(`${language}PssLaunchers`, [parts[1]]);
    rows.add(`${language}PssInterpreter`, [parts[2]]);
    const { timing } = timeJob(wire, request(language, ""));
    if (interpreters.length !== 1 || !("ahead_cpu_ms" in timing)) {
      throw new Error(`Cannot measure a waiting ${language}: none waited after ${REST_MS} ms`);
    }
  }
}

/** Measures what the project adds to the runtime. */
export function measureSize({ rows, form }: Pick<Session, "rows" | "form">) {
  rows.add("bundle", [form.bundleBytes / 1000]);
  if (form.addedBytes !== undefined) rows.add("added", [form.addedBytes / 1000]);
}
