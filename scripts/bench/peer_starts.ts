// Starts a peer's program as often as the agent runs a job, and adds its times to the job's row.

import type { PeerKey, RowKey } from "./catalogue.ts";
import { spawnTimes } from "./native.ts";
import type { Session } from "./session.ts";

/**
 * Pause before each job and each start of a peer: long enough for the agent to make the next
 * sandbox, as between requests of a real client.
 */
export const PAUSE_MS = 4;

/** Starts the program as it is. */
export async function spawn(
  { rows, native }: Session,
  row: RowKey,
  peer: PeerKey,
  argv: readonly string[],
  count: number,
): Promise<void> {
  rows.add(row, await spawnTimes(native, { argv, count, pauseMs: PAUSE_MS }), peer);
}

/** Starts the same program in every other sandbox that works here, each after the same pause. */
export async function spawnSandboxed(
  { rows, native, sandboxes }: Session,
  row: RowKey,
  argv: readonly string[],
  count: number,
  pauseMs: number = PAUSE_MS,
): Promise<void> {
  for (const sandbox of sandboxes) {
    const starts = { ...await sandbox.start(argv), count, pauseMs };
    rows.add(row, await spawnTimes(native, starts), sandbox.key);
  }
}
