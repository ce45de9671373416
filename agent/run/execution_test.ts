import assert from "node:assert/strict";
import fc from "fast-check";
import { SIGKILL, SIGXCPU, SIGXFSZ } from "../../linux/constants.ts";
import type { JobEnd } from "../../sandbox/job_end.ts";
import {
  type Action,
  begun,
  type Execution,
  type ExecutionEvent,
  MAX_ROUNDS,
  outcome,
  step,
} from "./execution.ts";

const usage = { cpuUserMs: 1, cpuSystemMs: 1, maxRssBytes: 1 };
const exited: JobEnd = { exitCode: 0, left: false, ownMaxRssBytes: 0, usage };
const unseen = { outOfMemory: false, cpuUsedUp: false };

function play(events: ExecutionEvent[]): [Execution, Action[]] {
  let execution = begun;
  const all: Action[] = [];
  for (const event of events) {
    const [next, actions] = step(execution, event);
    execution = next;
    all.push(...actions);
  }
  return [execution, all];
}

const started: ExecutionEvent = { type: "started", pid: 3 };
const ended: ExecutionEvent = { type: "ended", end: exited };
const timeout: ExecutionEvent = { type: "stop", cause: { kind: "timeout" } };
const flood: ExecutionEvent = { type: "stop", cause: { kind: "limit", limit: "output" } };

Deno.test("a job that ends by itself is only finished", () => {
  const [execution, actions] = play([started, ended]);
  assert.deepEqual(actions, ["finish"]);
  assert.deepEqual(outcome(execution, unseen), {
    status: "exited",
    exitCode: 0,
    signal: undefined,
  });
});

Deno.test("a timeout terminates, then kills when the grace period is over", () => {
  const [execution, actions] = play([started, timeout, { type: "grace-over" }, ended]);
  assert.deepEqual(actions, ["terminate", "kill", "finish"]);
  assert.equal(outcome(execution, unseen).status, "timeout");
});

Deno.test("a broken limit kills at once, also during the grace period", () => {
  assert.deepEqual(play([started, flood])[1], ["kill"]);
  const [execution, actions] = play([started, timeout, flood, ended]);
  assert.deepEqual(actions, ["terminate", "kill", "finish"]);
  assert.equal(outcome(execution, unseen).status, "timeout", "the first cause counts");
});

Deno.test("a stop before the start waits for it", () => {
  assert.deepEqual(play([timeout, started])[1], ["terminate"]);
  assert.deepEqual(play([flood, started])[1], ["kill"]);
});

Deno.test("what outlives its SIGKILL is reaped, and given up in the end", () => {
  const left: ExecutionEvent = { type: "ended", end: { ...exited, left: true } };
  assert.deepEqual(play([started, left, { type: "reaped", left: false }])[1], ["reap", "finish"]);
  const forEver = Array<ExecutionEvent>(MAX_ROUNDS).fill({ type: "reaped", left: true });
  assert.equal(play([started, left, ...forEver])[1].at(-1), "give-up");
});

Deno.test("a step that fails is named, and the result still waits for the end", () => {
  const failure = { step: "run the program", errno: "ENOENT" };
  const [execution, actions] = play([started, { type: "failed", failure }, ended]);
  assert.deepEqual(actions, ["finish"]);
  assert.deepEqual(outcome(execution, unseen), { status: "failed", ...failure });
});

Deno.test("signals and what was seen name the limit", () => {
  const of = (end: Partial<JobEnd>, seen = unseen) => {
    const event: ExecutionEvent = {
      type: "ended",
      end: { left: false, ownMaxRssBytes: 0, usage, ...end },
    };
    return outcome(play([started, event])[0], seen);
  };
  assert.equal(of({ signal: SIGXCPU }).limit, "cpu");
  assert.equal(of({ signal: SIGXFSZ }).limit, "file_size");
  assert.equal(of({ signal: SIGKILL }, { outOfMemory: false, cpuUsedUp: true }).limit, "cpu");
  assert.equal(of({ signal: SIGKILL }, { outOfMemory: true, cpuUsedUp: false }).limit, "memory");
  assert.equal(of({ signal: SIGKILL }).status, "signaled");
});

Deno.test("whatever happens in whatever order, there is exactly one finish at most", () => {
  const events = fc.constantFrom<ExecutionEvent>(
    started,
    ended,
    timeout,
    flood,
    { type: "ended", end: { ...exited, left: true } },
    { type: "reaped", left: false },
    { type: "reaped", left: true },
    { type: "grace-over" },
    { type: "failed", failure: { step: "x", errno: "EIO" } },
    { type: "gone" },
  );
  fc.assert(fc.property(fc.array(events, { maxLength: 30 }), (sequence) => {
    const [execution, actions] = play(sequence);
    const finishes = actions.filter((action) => action === "finish").length;
    assert.equal(finishes, execution.phase === "over" ? 1 : 0);
    assert.ok(actions.indexOf("finish") === -1 || actions.at(-1) === "finish");
    if (sequence.some(({ type }) => type === "gone")) assert.equal(finishes, 1);
  }));
});
