// What a compromised agent could do: its own process tries each forbidden action, and that ends it.
//
// The kernel kills the agent at once with SIGSYS, and its jobs with it. Without its filter the same
// actions go through. The hook through which a test requests them is not part of the shipped agent.

import assert from "node:assert/strict";
import { makeBundle } from "../../scripts/build/bundle.ts";
import {
  type AgentOptions,
  projectRoot,
  startAgent,
  type TestAgent,
  waitUntilGone,
  within,
} from "../helpers/agent.ts";
import { descendants, marked } from "../helpers/census.ts";
import { forbidden, survived } from "../helpers/inner_attempts.ts";
import { newMark } from "../helpers/job.ts";
import { Wire } from "../helpers/wire.ts";

const entry = "tests/helpers/hooked_agent.ts";
const request = "attempt-from-inside";
const hooked = (more: AgentOptions = {}): Promise<TestAgent> =>
  startAgent({ entry, allowAll: true, ...more });

/** Requests one attempt. Returns the answer, or null if the connection ended instead. */
async function ask(wire: Wire, what: string): Promise<string | null> {
  await wire.say({ type: request, what });
  return (await wire.message(5000))?.result ?? null;
}

async function greeted(agent: TestAgent): Promise<Wire> {
  const wire = await Wire.connect(agent.path);
  assert.equal((await wire.message())?.type, "ready");
  return wire;
}

const count = Object.keys(forbidden).length;

Deno.test(`inside: ${count} forbidden things end the agent, and all its jobs`, async (t) => {
  for (const what of Object.keys(forbidden)) {
    await t.step(what, async () => {
      await using agent = await hooked({ ends: true });
      const mark = newMark();
      using job = await greeted(agent);
      const env = { [mark.name]: mark.value };
      await job.say({ type: "run", language: "sh", code: "sleep 60 & sleep 60", env });
      await job.until("ack");
      while (marked(mark.text).length === 0) await new Promise((next) => setTimeout(next, 5));
      const family = descendants(agent.pid);
      using wire = await greeted(agent);
      assert.equal(await ask(wire, what), null, "the agent lives, and answers");
      assert.ok(await within(2000, agent.status), "the agent hangs");
      assert.equal((await agent.status).signal, "SIGSYS");
      assert.deepEqual(await waitUntilGone(family, 3000), [], "processes below the agent");
      assert.deepEqual(await waitUntilGone(marked(mark.text), 1000), [], "processes of the job");
      assert.equal(agent.stderr(), "");
    });
  }
});

Deno.test("inside: without the agent's filter the same things go through", async (t) => {
  await using agent = await hooked({ flags: ["--without", "agent-seccomp"] });
  const said: string[] = [];
  using wire = await greeted(agent);
  for (const what of Object.keys(forbidden)) {
    await t.step(what, async () => {
      const result = await ask(wire, what);
      assert.notEqual(result, null, `the agent ended: ${agent.stderr()}`);
      said.push(`${what}: ${result}`);
    });
  }
  await Deno.remove("/tmp/sallyport-inner");
  console.log(said.join("\n"));
});

Deno.test("inside: what the runtime may ask for does not end the agent", async (t) => {
  await using agent = await hooked();
  using wire = await greeted(agent);
  const said: string[] = [];
  for (const what of Object.keys(survived)) {
    await t.step(what, async () => {
      const result = await ask(wire, what);
      assert.notEqual(result, null);
      said.push(`${what}: ${result}`);
    });
  }
  console.log(said.join("\n"));
});

Deno.test("inside: under its filter the agent still says why it ends", async () => {
  await using agent = await startAgent({ ends: true });
  const zygote = Math.min(...descendants(agent.pid));
  Deno.kill(zygote, "SIGKILL");
  assert.ok(await within(5000, agent.status), "the agent goes on without its zygote");
  assert.deepEqual([(await agent.status).code, (await agent.status).signal], [1, null]);
  const { level, error } = JSON.parse(agent.stderr());
  assert.deepEqual([level, error], ["fatal", "FatalError"]);
});

Deno.test("inside: under its filter a heap that is full ends the agent, loudly", async () => {
  await using agent = await hooked({ ends: true, v8Flags: "--max-old-space-size=40" });
  const family = descendants(agent.pid);
  using wire = await greeted(agent);
  await wire.say({ type: request, what: "fill the heap" });
  assert.ok(await within(20_000, agent.status), "the agent hangs");
  assert.match(agent.stderr(), /out of memory/);
  assert.ok(!(await agent.status).success);
  assert.deepEqual(await waitUntilGone(family, 3000), [], "processes below the agent");
});

Deno.test("inside: the agent that is shipped has no such hook", async () => {
  const directory = await Deno.makeTempDir({ prefix: "sallyport-bundle-" });
  try {
    const shipped = await makeBundle(`${projectRoot}agent/main.ts`, directory);
    const withHook = await makeBundle(`${projectRoot}${entry}`, directory);
    assert.ok(withHook.code.includes(request), "the mark is found where the hook is");
    assert.ok(!shipped.code.includes(request));
    for (const word of ["inner_attempts", "hooked_agent", "pthread_create", "Deno.Command"]) {
      assert.ok(!shipped.code.includes(word), word);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
