// Connections of which one side is gone or sends nothing more: over AF_VSOCK each case looks
// different from TCP.

import assert from "node:assert/strict";
import { connect, ConnectionError, parseTarget } from "../../../controller/client.ts";
import { openTransport, type Transport } from "../../../controller/transport.ts";
import { eventually, job, type Scenario, type Stage, text } from "../guest/scenario.ts";
import { within } from "../guest/timed.ts";

/** The agent's time limit for half a message, and the extra time an emulated guest may take. */
const IDLE_MS = 10_000;
const SLACK_MS = 5000;

const raw = ({ target }: Stage): Promise<Transport> => openTransport(parseTarget(target));
const say = (connection: Transport, words: string) =>
  connection.write(new TextEncoder().encode(words));

/** Reads everything until the other side ends. */
async function rest(connection: Transport): Promise<string> {
  let all = "";
  const piece = new Uint8Array(4096);
  for (;;) {
    const count = await connection.read(piece);
    if (count === null) return all;
    all += text(piece.subarray(0, count));
  }
}

/** Makes the back end close the host's side of every connection without telling the guest. */
async function forget({ target }: Stage): Promise<void> {
  const parsed = parseTarget(target);
  assert.equal(parsed.kind, "firecracker", "only the tests' own back end can do that");
  using control = await Deno.connect({
    transport: "unix",
    path: (parsed as { path: string }).path,
  });
  await say(control, "FORGET\n");
  await rest(control);
}

/** In the order they are run. */
export const halfOpenScenarios: readonly Scenario[] = [
  {
    name: "half-closed: a client that has said all still hears the result",
    run: async (stage) => {
      const connection = await raw(stage);
      try {
        const code = "import time; time.sleep(0.3); print('late')";
        await say(connection, JSON.stringify({ type: "run", language: "python", code }) + "\n");
        await (connection as Deno.Conn).closeWrite();
        const all = await within(SLACK_MS, "the result", rest(connection));
        assert.match(all, /"type":"result".*"status":"exited".*\nlate\n$/);
      } finally {
        connection.close();
      }
    },
  },
  {
    name: "half a request, then silence: closed after ten seconds, others are served meanwhile",
    run: async (stage) => {
      const connection = await raw(stage);
      try {
        const start = performance.now();
        await say(connection, '{"type":"pi');
        const end = within(IDLE_MS + SLACK_MS, "the agent to close", rest(connection));
        await job(stage, "sh", "true", { status: "exited", exit_code: 0 });
        await end;
        const waitedMs = performance.now() - start;
        assert.ok(waitedMs > IDLE_MS - 500, `closed after ${waitedMs} ms`);
      } finally {
        connection.close();
      }
    },
  },
  {
    name: "half-open: the host forgets a connection, and its run ends when the job says something",
    run: async (stage) => {
      const client = await connect(stage.target);
      const code = "import time\nwhile True: print('tick', flush=True); time.sleep(0.1)";
      const run = client.run({ language: "python", code, stream: true, timeout_ms: 30_000 });
      await run.acked;
      const lost = assert.rejects(run.result, ConnectionError);
      await forget(stage);
      await within(SLACK_MS, "the client to notice", lost);
      await client.close();
      await eventually(() => job(stage, "sh", "true", { status: "exited", exit_code: 0 }));
    },
  },
];
