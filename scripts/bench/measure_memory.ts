// Memory and size, each measured once: an agent that has run no job, its launchers, and the bytes
// that the project adds.

import { launchersOf, maySee, type Memory, memoryOf, withIdle } from "./footprint.ts";
import type { PeerKey } from "./catalogue.ts";
import type { Session } from "./session.ts";

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
  rows.add("launcher", launchersOf(agent.pid).map(({ rssKib }) => rssKib));
}

/** Measures what the project adds to the runtime. */
export function measureSize({ rows, form }: Pick<Session, "rows" | "form">) {
  rows.add("bundle", [form.bundleBytes / 1000]);
  if (form.addedBytes !== undefined) rows.add("added", [form.addedBytes / 1000]);
}
