// Samples of the processor time that a job costs the whole machine, beside bare starts and bwrap's.
//
// Each has the measuring client's own cost in it: here this process, there the C peer. Nothing is
// taken off: what others use meanwhile stands beside it as the time of a client that only waits.

import { busyWhile } from "./busy.ts";
import type { PeerKey } from "./catalogue.ts";
import { repeat, request, timeJob } from "./jobs.ts";
import { spawnTimes, type Starts } from "./native.ts";
import { PAUSE_MS } from "./peer_starts.ts";
import type { Measurement, Session } from "./session.ts";
import { pause } from "./wire.ts";

/**
 * Jobs of one sample: so many that a tick of the kernel's count is a twentieth of a millisecond for
 * each. They are run in parts, in turns with the peers', since others' work comes in stretches too.
 */
const JOBS = 200;
const PARTS = 4;

async function busy({ rows, wire, native, sandboxes }: Session): Promise<void> {
  const argv = [native.tiny];
  const bytes = request("exec", Deno.readFileSync(native.tiny));
  const count = JOBS / PARTS;
  const started = (starts: Pick<Starts, "argv" | "file">) => () =>
    spawnTimes(native, { ...starts, count, pauseMs: PAUSE_MS });
  const bwrap = sandboxes.find(({ key }) => key === "bwrapEqual");
  let passedMs = 0;
  const works = new Map<PeerKey | undefined, () => Promise<unknown> | unknown>([
    [undefined, () => repeat(count, PAUSE_MS, () => timeJob(wire, bytes))],
    ["nothing", () => pause(passedMs)],
    ["spawn", started({ argv })],
  ]);
  if (bwrap !== undefined) works.set("bwrapEqual", started(await bwrap.start(argv)));
  const sums = new Map<PeerKey | undefined, number>();
  for (let part = 0; part < PARTS; part++) {
    for (const [peer, work] of works) {
      const { busy, passed } = await busyWhile(work);
      if (peer === undefined) passedMs = passed;
      sums.set(peer, (sums.get(peer) ?? 0) + busy);
    }
  }
  for (const [peer, busy] of sums) rows.add("busy", [busy / JOBS], peer);
}

/** Only in every eighth round, because it takes some eight seconds. */
export const busyMeasurements: readonly Measurement[] = [{ every: 8, take: busy }];
