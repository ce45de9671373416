// The agent's own filter under load: the list has every call that V8 and malloc make in minutes of
// hard work.
//
// Work inside the agent's process alternates with jobs, files, large output, many connections and
// rest. SALLYPORT_FILTER_SOAK sets the seconds for each way to run the agent; the default keeps the
// whole suite short.

import assert from "node:assert/strict";
import { v8Flags } from "../../scripts/build/compile_agent.ts";
import { type AgentOptions, startAgent } from "../helpers/agent.ts";
import { assertSettles, censusAtRest } from "../helpers/census.ts";
import { type Client, connect, runJob, runNext } from "../helpers/job.ts";
import { works } from "../helpers/inner_work.ts";
import { file, type Need, testNeeding } from "../helpers/need.ts";
import { Wire } from "../helpers/wire.ts";

const seconds = Number(Deno.env.get("SALLYPORT_FILTER_SOAK") ?? 5);

/** The ways to run the agent: unchanged, on one processor, and with several sets of V8 flags. */
const ways: Record<string, AgentOptions & { needs: readonly Need[] }> = {
  "as it is": { needs: [] },
  "on one processor": { prefix: ["taskset", "-c", "0"], needs: [file("/usr/bin/taskset")] },
  "with little memory": { v8Flags: "--max-old-space-size=64,--stress-compaction", needs: [] },
  "as it is compiled": { v8Flags, needs: [] },
  "compiling early": { v8Flags: "--always-sparkplug,--invocation-count-for-turbofan=3", needs: [] },
};

/** What a client does. Each use leaves the agent as it was before. */
const uses: Record<string, (client: Client, path: string) => Promise<void>> = {
  async jobs(client) {
    for (let i = 0; i < 30; i++) await runNext(client, "sh");
  },
  async "large code"(client) {
    const code = "exit 7\n#".padEnd(65_000, "x");
    for (let i = 0; i < 10; i++) {
      assert.equal((await runJob(client, { language: "sh", code })).result.exit_code, 7);
    }
  },
  async "large output"(client) {
    const code = "head -c 30000000 /dev/zero";
    const { result } = await runJob(client, { language: "sh", code, stream: true });
    assert.equal(result.exit_code, 0);
  },
  async files(client) {
    await client.put("large", new Uint8Array(20 << 20));
    assert.equal((await client.get("large")).length, 20 << 20);
    await client.reset();
  },
  async "refused calls"(client) {
    const code = "i=0; while [ $i -lt 20 ]; do i=$((i+1)); unshare -U true; done 2>/dev/null; :";
    assert.equal((await runJob(client, { language: "sh", code })).result.exit_code, 0);
  },
  async connections(_client, path) {
    const wires = await Promise.all(Array.from({ length: 60 }, () => Wire.connect(path)));
    await Promise.all(wires.map((wire) => wire.say({ type: "ping" })));
    for (const wire of wires) wire[Symbol.dispose]();
  },
};

for (const [way, { needs, ...options }] of Object.entries(ways)) {
  testNeeding(needs, `filter soak: ${seconds} s ${way}`, async () => {
    const entry = "tests/helpers/hooked_agent.ts";
    await using agent = await startAgent({ ...options, entry, allowAll: true });
    await using client = await connect(agent.target);
    using wire = await Wire.connect(agent.path);
    await wire.message();
    await uses.files(client, agent.path);
    await runNext(client, "sh"); // the language that is used last is the one that is armed
    await client.reset();
    await new Promise((resolve) => setTimeout(resolve, 500)); // until dropped connections are gone
    const before = await censusAtRest(agent.pid);
    const rounds: Record<string, number> = {};
    const end = performance.now() + seconds * 1000;
    for (let round = 0; performance.now() < end; round++) {
      const names = Object.keys(works);
      const work = names[round % names.length];
      await wire.say({ type: "attempt-from-inside", what: `work ${work} ${100 + round % 300}` });
      const answer = await wire.message(30_000);
      assert.notEqual(answer, null, `${work} ended the agent`);
      rounds[work] = (rounds[work] ?? 0) + Number(answer!.result);
      const use = Object.keys(uses)[round % Object.keys(uses).length];
      await uses[use](client, agent.path);
      rounds[use] = (rounds[use] ?? 0) + 1;
    }
    await client.reset();
    await assertSettles(agent.pid, before);
    assert.equal(agent.stderr(), "");
    console.log(Object.entries(rounds).map(([name, n]) => `${name} ${n}`).join(", "));
  });
}
