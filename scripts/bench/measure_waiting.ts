// Samples of jobs whose interpreter waits for them, each taken beside a cold and a bare one.

import { isInstalled, type Program, programs } from "./interpreters.ts";
import { spawnSandboxed } from "./peer_starts.ts";
import type { Measurement, Session } from "./session.ts";
import { waitingTimes } from "./waiting.ts";

/** Says what is not measured. */
export function missingPrograms(): string[] {
  return programs.filter((program) => !isInstalled(program))
    .map(({ name, needs }) => `${name}: no "${needs}"`);
}

async function take(session: Session, program: Program, count: number): Promise<void> {
  const { rows, native, wire, preloading } = session;
  const { row, barePeer, preload, bare: argv } = program;
  const own = preload === undefined ? wire : preloading!.wire;
  const { warm, cold, bare, imported, restMs } = await waitingTimes(own, program, native, count);
  rows.add(row, warm.map(({ whole }) => whole));
  rows.add(row, cold.map(({ whole }) => whole), "cold");
  rows.add(row, bare, barePeer);
  if (imported.length > 0) rows.add(row, imported, "imported");
  if (row === "pythonWaiting") await spawnSandboxed(session, row, argv, count, restMs);
}

/** How often each is measured: the longer it takes, the less often. */
const often: Record<Program["row"], { readonly every: number; readonly count: number }> = {
  pythonWaiting: { every: 2, count: 2 },
  pandasWaiting: { every: 4, count: 1 },
  nodeWaiting: { every: 2, count: 1 },
  bashWaiting: { every: 2, count: 2 },
  perlWaiting: { every: 2, count: 2 },
};

/** All that can be measured here. */
export const waitingMeasurements: readonly Measurement[] = programs.filter(isInstalled)
  .map((program) => {
    const { every, count } = often[program.row];
    return { every, take: (session: Session) => take(session, program, count) };
  });
