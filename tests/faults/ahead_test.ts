// What fails while a sandbox is made ahead: it is tried again, nobody notices, and only what lasts
// ends the agent, with one line. A request that needs the sandbox is told that it has not begun.

import assert from "node:assert/strict";
import { connect, RequestError } from "../../controller/client.ts";
import { E } from "../../linux/errno.ts";
import { startAgent, within } from "../helpers/agent.ts";
import { childrenOf, descendants } from "../helpers/census.ts";
import { hasEnded } from "../helpers/has_ended.ts";
import { root, testNeeding } from "../helpers/need.ts";
import { until } from "../helpers/until.ts";
import { Campaign, tryStart } from "./campaign.ts";
import type { Act, Fault } from "./fault.ts";
import { endedWell } from "./oracle.ts";
import { Subject } from "./subject.ts";

/** A step of the programs that make sandboxes. */
const ofMaking = (step: string, act: Act, lasts = false): Fault => (
  { point: { by: "step", step, nth: 1 }, act, lasts }
);

const errno = (name: keyof typeof E): Act => ({ kind: "errno", errno: E[name] });

/** Who runs the step, the step, and an error that it may have. */
const passing: readonly [who: string, step: string, act: Act][] = [
  ["the zygote", "make a socket for the keeper", errno("EMFILE")],
  ["the zygote", "make the sandbox's namespaces", errno("EAGAIN")],
  ["the zygote", "make the sandbox's namespaces", errno("ENOSPC")],
  ["the zygote", "report to the agent", errno("ENOBUFS")],
  ["the zygote", "close the agent's ends", errno("EINTR")],
  ["the keeper", "take the control socket", errno("EINTR")],
  ["the keeper", "mount /tmp", errno("ENOMEM")],
  ["the keeper", "fork the runner", errno("EAGAIN")],
  ["the keeper", "mount /proc", { kind: "kill" }],
  ["the runner", "make stdout", errno("EMFILE")],
  ["the runner", "adopt what the job leaves behind", { kind: "kill" }],
];

testNeeding(
  [root],
  "faults: what fails once while a sandbox is made ahead is tried again",
  async () => {
    await using campaign = new Campaign();
    await campaign.look("hello");
    for (const [who, step, act] of passing) {
      const name = `${who}: ${step}: ${JSON.stringify(act)}`;
      const outcome = await campaign.try("hello", { name, fault: ofMaking(step, act) });
      const ended = [outcome.kind, outcome.surprise];
      // Where the next job already needs it, that job's result says so.
      if (outcome.kind !== "result says failed") {
        assert.deepEqual(
          ended,
          ["as usual", undefined],
          name,
        );
      }
    }
  },
);

testNeeding([root], "faults: the first sandbox of a start is tried again too", async () => {
  for (const step of ["make a network namespace", "leave it again", "mount /tmp"]) {
    const { kind, surprise } = await tryStart({
      name: step,
      fault: ofMaking(step, errno("ENOMEM")),
    });
    assert.deepEqual([kind, surprise], ["started", undefined], step);
  }
});

testNeeding([root], "faults: a refusal while a sandbox is made ahead ends the agent", async () => {
  await using campaign = new Campaign();
  await campaign.look("hello");
  const fault = ofMaking("mount /tmp", errno("EPERM"));
  const { kind, surprise } = await campaign.try("hello", { name: "mount", fault });
  assert.equal(surprise, undefined);
  assert.match(kind, /^agent ended.*: Cannot mount \/tmp: EPERM$/);
});

testNeeding(
  [root],
  "faults: want of memory that lasts is told, and then ends the agent",
  async () => {
    await using subject = await Subject.start();
    const { agent } = subject;
    const step = "mount /tmp";
    await subject.watch(ofMaking(step, errno("ENOMEM"), true));
    const told: unknown[] = [];
    const end = Date.now() + 30_000;
    // What is ready serves some more jobs.
    while (told.length < 3 && !subject.ended && Date.now() < end) {
      try {
        await using client = await connect(agent.target, { timeoutMs: 8000 });
        const request = told.length === 1
          ? client.put("a", new Uint8Array(10)).then(() => undefined)
          : client.run({ language: "sh", code: "echo 1" }).result;
        const result = await request;
        if (result?.status === "failed") told.push([result.step, result.errno]);
      } catch (error) {
        if (subject.ended || !(error instanceof RequestError)) break;
        told.push(error.message);
      }
    }
    assert.deepEqual(told[0], [step, "ENOMEM"]);
    const message = await endedWell(agent, subject.family);
    assert.equal(message, `Cannot ${step}: ENOMEM, 9 times in a row`);
  },
);

testNeeding(
  [root],
  "faults: sandboxes that are killed while they wait do not end an agent whose jobs run",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    for (let round = 0; round < 12; round++) {
      for (let tries = 0;; tries++) {
        const { status } = await client.run({ language: "sh", code: "true", wait_ms: 5000 }).result;
        if (status === "exited") break;
        // The agent hears of the death after the request, now and then.
        assert.ok(status === "failed" && tries < 3, `round ${round}: ${status}`);
      }
      const [zygote] = childrenOf(agent.pid);
      await new Promise((resolve) => setTimeout(resolve, 100)); // the job's own has gone
      await until("a sandbox waits", () => childrenOf(zygote).length > 0);
      const killed = childrenOf(zygote);
      for (const keeper of killed) killUnlessEnded(keeper);
      await until("all have gone", () => {
        const keepers = childrenOf(zygote);
        return killed.every((each) => !keepers.includes(each));
      });
    }
  },
);

testNeeding(
  [root],
  "faults: a reset whose first sandbox dies when the second is ready is answered",
  async () => {
    // A sandbox that the agent has made for the next client meanwhile is one of the two: then only
    // one is new, and there is nothing to see.
    for (let tries = 0; !await resetWithTwo(); tries++) assert.ok(tries < 30, "never two");
  },
);

/** Returns whether the reset made two sandboxes. */
async function resetWithTwo(): Promise<boolean> {
  await using subject = await Subject.start();
  const { agent } = subject;
  await using client = await connect(agent.target);
  const [zygote] = childrenOf(agent.pid);
  const before = childrenOf(zygote);
  const act: Act = { kind: "delay", ms: 3000 };
  await subject.watch(ofMaking("make stdout", act));
  const answer = client.reset().then(() => "done", (error) => error.code);
  const others = () => childrenOf(zygote).filter((pid) => !before.includes(pid));
  const made = until("two sandboxes are made", () => others().length === 2, 500);
  if (!await made.then(() => true, () => false)) return false;
  const [first, second] = others();
  // The second is ready when its runner, and the job that is armed, are there.
  await until("the second has a runner", () => descendants(second).length > 0);
  await new Promise((resolve) => setTimeout(resolve, 500));
  Deno.kill(first, "SIGKILL");
  assert.equal(await within(10_000, answer), true, "nobody answers");
  assert.equal(await answer, "done");
  return true;
}

function killUnlessEnded(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!hasEnded(error)) throw error;
  }
}
