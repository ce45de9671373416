// What fails while a sandbox is made ahead: it is tried again, nobody notices, and only what lasts
// ends the agent, with one line. A request that needs the sandbox is told that it has not begun.

import assert from "node:assert/strict";
import { connect, RequestError } from "../../controller/client.ts";
import { E } from "../../linux/errno.ts";
import { censusAtRest } from "../helpers/census.ts";
import { root, testNeeding } from "../helpers/need.ts";
import { Campaign } from "./campaign.ts";
import type { Act, Fault, Seen } from "./fault.ts";
import { endedWell } from "./oracle.ts";
import { scenarios } from "./scenarios.ts";
import { Subject } from "./subject.ts";

/** A row of the program that makes sandboxes, by its name. */
function ofMaking({ programs }: Seen, step: string, act: Act, lasts = false): Fault {
  const program = programs.find(({ steps }) =>
    steps.some(({ name }) => name === "make the sandbox's namespaces")
  )!;
  const row = program.steps.findIndex(({ name }) => name === step);
  assert.ok(row >= 0, `no step "${step}"`);
  return { point: { by: "launcher", program: program.id, row, nth: 1 }, act, lasts };
}

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
    const seen = await campaign.look("hello");
    for (const [who, step, act] of passing) {
      const name = `${who}: ${step}: ${JSON.stringify(act)}`;
      const outcome = await campaign.try("hello", { name, fault: ofMaking(seen, step, act) });
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

testNeeding([root], "faults: a refusal while a sandbox is made ahead ends the agent", async () => {
  await using campaign = new Campaign();
  const fault = ofMaking(await campaign.look("hello"), "mount /tmp", errno("EPERM"));
  const { kind, surprise } = await campaign.try("hello", { name: "mount", fault });
  assert.equal(surprise, undefined);
  assert.match(kind, /^agent ended.*: Cannot mount \/tmp: EPERM$/);
});

for (
  const [step, name] of [["mount /tmp", "ENOMEM"], [
    "make a socket for the keeper",
    "EMFILE",
  ]] as const
) {
  testNeeding(
    [root],
    `faults: ${name} that lasts at "${step}" is told, then ends the agent`,
    async () => {
      await using subject = await Subject.start();
      const { agent } = subject;
      await scenarios.hello(agent.target);
      await censusAtRest(agent.pid, 200);
      const seen = await subject.report();
      await subject.watch(ofMaking(seen!, step, errno(name), true));
      const told: unknown[] = [];
      // What is ready serves some more jobs.
      while (told.length < 3 && !subject.ended) {
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
      assert.deepEqual(told[0], [step, name]);
      const message = await endedWell(agent, subject.family);
      assert.equal(message, `Cannot ${step}: ${name}, 9 times in a row`);
    },
  );
}
