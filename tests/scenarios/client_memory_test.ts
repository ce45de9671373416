// No client keeps output that is taken: 160 MiB through each need hardly more memory than 1 MiB.
//
// `deno task bench:clients` does it with 1 GiB, and measures times.

import assert from "node:assert/strict";
import { kindsOf } from "../../scripts/bench/clients/kinds.ts";
import { flatMib, isStartable, watchOutput } from "../../scripts/bench/clients/measure.ts";
import { startAgent } from "../helpers/agent.ts";
import { file, testNeeding } from "../helpers/need.ts";

const [small, large] = [1 << 20, 160 << 20];

testNeeding([file("/usr/bin/node")], "clients: memory that output does not fill", async (t) => {
  const work = await Deno.makeTempDir({ prefix: "sallyport-memory-" });
  try {
    await using agent = await startAgent();
    for (const kind of await kindsOf(work)) {
      // The compiled one is the same program.
      if (/compiled/.test(kind.name)) continue;
      if (!isStartable(kind)) {
        console.log(`not tried: ${kind.name}`);
        continue;
      }
      await t.step(kind.name, async () => {
        const before = await watchOutput(kind, agent.target, small);
        const after = await watchOutput(kind, agent.target, large);
        assert.ok(after.bytes > 0 && after.bytes + after.dropped <= large, JSON.stringify(after));
        assert.ok(before.peakMib > 1, "no memory was seen");
        const grown = after.peakMib - before.peakMib;
        assert.ok(
          grown <= (kind.flatMib ?? flatMib),
          `${before.peakMib} MiB, and ${after.peakMib} MiB for 160 MiB`,
        );
      });
    }
  } finally {
    await Deno.remove(work, { recursive: true });
  }
});
