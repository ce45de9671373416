// Samples of bursts of requests, after a rest in which every sandbox is made that will be needed.

import { timeBurst } from "./burst.ts";
import { repeat, request } from "./jobs.ts";
import type { Measurement, Session } from "./session.ts";
import { BlockingWire } from "./wire.ts";

/** As many as the sandboxes that the agent prepares where it has the memory. */
const CLIENTS = 4;
const REST_MS = 150;

function burst({ rows, wire, agent, native }: Session): void {
  const others = Array.from({ length: CLIENTS - 1 }, () => new BlockingWire(agent.path));
  try {
    for (const other of others) other.message(); // ready
    const bytes = request("exec", Deno.readFileSync(native.stamp), { wait_ms: 10_000 });
    for (
      const { first, last, marks } of repeat(3, REST_MS, () => timeBurst([wire, ...others], bytes))
    ) {
      rows.add("burst", [last]);
      rows.add("burst", [first], "first");
      rows.add("burstMarks", [marks.last]);
      rows.add("burstMarks", [marks.first], "first");
    }
  } finally {
    for (const other of others) other[Symbol.dispose]();
  }
}

/** Only in every other round, because of the rests. */
export const burstMeasurements: readonly Measurement[] = [{ every: 2, take: burst }];
