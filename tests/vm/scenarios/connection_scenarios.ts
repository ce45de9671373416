// Several clients, misbehaving clients, and clients that disconnect.

import assert from "node:assert/strict";
import { connect, RequestError } from "../../../controller/client.ts";
import { parseTarget } from "../../../controller/target.ts";
import { openTransport, writeAll } from "../../../controller/transport.ts";
import { eventually, job, type Scenario, text, withClient } from "../guest/scenario.ts";

/** In the order they are run. */
export const connectionScenarios: readonly Scenario[] = [
  {
    name: "a second run at the same time is busy",
    run: (stage) =>
      withClient(stage, (one) =>
        withClient(stage, async (two) => {
          const first = one.run({ language: "sh", code: "read x", stdin: { stream: true } });
          await first.acked;
          await assert.rejects(
            two.run({ language: "sh", code: "true" }).result,
            (e) => e instanceof RequestError && e.code === "busy",
          );
          await first.closeStdin();
          await first.result;
        })),
  },
  {
    name: "an unknown language and a wrong value are refused, the connection goes on",
    run: (stage) =>
      withClient(stage, async (client) => {
        await assert.rejects(client.run({ language: "cobol", code: "x" }).result, RequestError);
        await assert.rejects(
          client.run({ language: "sh", code: "x", timeout_ms: 1e9 }).result,
          RequestError,
        );
        await client.ping();
      }),
  },
  {
    name: "a run can be cancelled",
    run: (stage) =>
      withClient(stage, async (client) => {
        const run = client.run({ language: "sh", code: "while :; do :; done" });
        await run.acked;
        await run.cancel();
        assert.equal((await run.result).status, "cancelled");
      }),
  },
  {
    name: "a client that goes away takes its run with it",
    run: async (stage) => {
      const client = await connect(stage.target);
      const run = client.run({ language: "sh", code: "while :; do :; done", timeout_ms: 20_000 });
      await run.acked;
      const lost = assert.rejects(run.result);
      await client.close();
      await lost;
      await eventually(() => job(stage, "sh", "echo next", { status: "exited", exit_code: 0 }));
    },
  },
  {
    name: "fifty connections one after another, some half said",
    run: async (stage) => {
      for (let i = 0; i < 50; i++) {
        const client = await connect(stage.target, { timeoutMs: 10_000 });
        if (i % 2 === 0) await client.ping();
        await client.close();
      }
    },
  },
  {
    name: "a line without end is told why, though its client writes on",
    run: async (stage) => {
      const transport = await openTransport(parseTarget(stage.target));
      try {
        await writeAll(transport, new Uint8Array(300_000).fill(0x78));
        const buffer = new Uint8Array(4096);
        let said = "";
        while (!/"too_large".*\n/.test(said)) {
          const count = await transport.read(buffer);
          assert.ok(count !== null, `closed after ${JSON.stringify(said)}`);
          said += text(buffer.subarray(0, count));
        }
      } finally {
        transport.close();
      }
    },
  },
  {
    name: "reset gives a new sandbox",
    run: (stage) =>
      withClient(stage, async (client) => {
        await client.put("old", "x");
        await client.reset();
        assert.deepEqual(await client.list(), []);
      }),
  },
];
