// Every state that an execution can reach, and every event in each of them, breadth first.
//
// The tests beside this one try orders of events; this one leaves none out. Pids, usage and errors
// are carried along without being looked at, so one value of each stands for all.

import assert from "node:assert/strict";
import type { JobEnd } from "../../sandbox/job_end.ts";
import {
  type Action,
  begun,
  type Execution,
  type ExecutionEvent,
  type LimitName,
  MAX_ROUNDS,
  outcome,
  type Phase,
  step,
} from "./execution.ts";

const usage = { cpuUserMs: 1, cpuSystemMs: 1, maxRssBytes: 1 };
const end: JobEnd = { exitCode: 0, left: false, ownMaxRssBytes: 0, usage };
const limits: LimitName[] = ["cpu", "memory", "processes", "file_size", "output", "denied"];

const events: readonly ExecutionEvent[] = [
  { type: "started", pid: 3 },
  { type: "failed", failure: { step: "run the program", errno: "ENOENT" } },
  { type: "ended", end },
  { type: "ended", end: { ...end, left: true } },
  { type: "stop", cause: { kind: "timeout" } },
  { type: "stop", cause: { kind: "cancelled" } },
  ...limits.map((limit): ExecutionEvent => ({ type: "stop", cause: { kind: "limit", limit } })),
  { type: "grace-over" },
  { type: "reaped", left: false },
  { type: "reaped", left: true },
  { type: "gone" },
];

/** What may follow what: everything else is a fault of the machine. */
const mayFollow: Record<Phase, readonly Phase[]> = {
  starting: ["running", "terminating", "killing", "reaping", "over"],
  running: ["terminating", "killing", "reaping", "over"],
  terminating: ["killing", "reaping", "over"],
  killing: ["reaping", "over"],
  reaping: ["over"],
  over: [],
};

/** The events of which one comes in each phase, whatever the job does: its actions see to that. */
const surely: Record<Phase, readonly ExecutionEvent["type"][]> = {
  starting: ["started", "gone"], // the runner reports, or its end does
  running: ["stop", "gone"], // the timeout
  terminating: ["grace-over"],
  killing: ["gone"], // the deadline for the report after SIGKILL
  reaping: ["reaped", "gone"],
  over: [],
};

/** Actions that are said on the way into a phase, and only there. */
const saidInto: Partial<Record<Action, Phase>> = {
  terminate: "terminating",
  kill: "killing",
  finish: "over",
};

interface Edge {
  readonly event: ExecutionEvent;
  readonly actions: readonly Action[];
  readonly to: string;
}
interface Node {
  readonly execution: Execution;
  readonly edges: Edge[];
}

/** All states from the first one on. "give-up" ends the agent, so nothing follows it. */
function explore(take: typeof step): Map<string, Node> {
  const key = ({ phase, pid, cause, failure, end, rounds }: Execution) =>
    JSON.stringify([phase, pid, cause, failure, end?.left, rounds]);
  const nodes = new Map<string, Node>([[key(begun), { execution: begun, edges: [] }]]);
  for (const { execution, edges } of nodes.values()) { // a Map's walk takes in what is added
    for (const event of events) {
      const [next, actions] = take(execution, event);
      const to = actions.includes("give-up") ? "given up" : key(next);
      edges.push({ event, actions, to });
      if (to !== "given up" && !nodes.has(to)) nodes.set(to, { execution: next, edges: [] });
    }
    assert.ok(nodes.size < 100_000, "the states are finite");
  }
  return nodes;
}

/** Throws for the first fault of the machine `take`. */
function check(take: typeof step): { states: number; transitions: number } {
  const nodes = explore(take);
  let transitions = 0;
  for (const { execution, edges } of nodes.values()) {
    const { phase } = execution;
    for (const { event, actions, to } of edges) {
      transitions++;
      const rule = brokenRule(execution, actions, nodes.get(to)?.execution);
      if (rule === null) continue;
      assert.fail(`${rule}: ${JSON.stringify(execution)} at ${JSON.stringify(event)}`);
    }
    if (phase === "over") sayable(execution);
  }
  noDeadEnd(nodes);
  return { states: nodes.size, transitions };
}

/** The rule that one step breaks, or null. `next`: undefined if the agent gave up. */
function brokenRule(
  execution: Execution,
  actions: readonly Action[],
  next: Execution | undefined,
): string | null {
  const { phase, cause, failure } = execution;
  if (actions.length > 1) return "more than one action";
  if (next === undefined) return phase === "reaping" ? null : "gave up while not reaping";
  const moved = next.phase !== phase;
  if (moved && !mayFollow[phase].includes(next.phase)) return `must not become ${next.phase}`;
  // Exactly one result on every path: "finish" is said on the way into "over", and only there.
  for (const [action, into] of Object.entries(saidInto)) {
    if (actions.includes(action as Action) !== (moved && next.phase === into)) {
      return `"${action}" belongs to the step into ${into}`;
    }
  }
  if (cause !== undefined && next.cause !== cause) return "the first cause counts";
  if (failure !== undefined && next.failure !== failure) return "the first failure counts";
  if (phase === "over" && next !== execution) return "over is over";
  return null;
}

/** From every state, the events that surely come lead to the end. */
function noDeadEnd(nodes: Map<string, Node>) {
  const good = new Set(["given up"]);
  for (const [key, { execution }] of nodes) if (execution.phase === "over") good.add(key);
  const backwards = [...nodes].reverse(); // so that a long chain takes one round
  for (let grown = true; grown;) {
    grown = false;
    for (const [key, { execution, edges }] of backwards) {
      if (good.has(key)) continue;
      const out = edges.filter(({ event }) => surely[execution.phase].includes(event.type));
      // "reaped" and "gone" both lead on; whichever comes must come nearer to the end.
      const types = new Set(out.map(({ event }) => event.type));
      const each = [...types].every((type) =>
        out.some((edge) => edge.event.type === type && good.has(edge.to))
      );
      if (each && types.size > 0) {
        good.add(key);
        grown = true;
      }
    }
  }
  for (const key of nodes.keys()) assert.ok(good.has(key), `no way to the end from ${key}`);
}

/** Whatever was seen, the result has a status, and a name for what it needs one for. */
function sayable(execution: Execution) {
  for (const outOfMemory of [false, true]) {
    for (const cpuUsedUp of [false, true]) {
      const { status, limit, step, errno } = outcome(execution, { outOfMemory, cpuUsedUp });
      assert.equal(status === "limit", limit !== undefined);
      assert.equal(status === "failed", step !== undefined && errno !== undefined);
      const { cause } = execution;
      if (cause !== undefined) assert.equal(status, cause.kind);
    }
  }
}

Deno.test("execution: all states and events: no dead end, and exactly one result on every path", () => {
  const { states, transitions } = check(step);
  console.log(`execution: ${states} states, ${transitions} transitions`);
  assert.ok(states > MAX_ROUNDS && transitions === states * events.length);
});

Deno.test("execution: the check fails for each machine that is broken in one place", () => {
  const breaks: Record<string, typeof step> = {
    "a second result": (execution, event) =>
      event.type === "gone"
        ? [{ ...execution, phase: "over" }, ["finish"]]
        : step(execution, event),
    "no result": (execution, event) => {
      const [next, actions] = step(execution, event);
      return [next, event.type === "reaped" ? actions.filter((one) => one !== "finish") : actions];
    },
    "a job that is never killed": (execution, event) =>
      event.type === "grace-over" ? [execution, []] : step(execution, event),
    "the last cause counts": (execution, event) => {
      const [next, actions] = step(execution, event);
      return [event.type === "stop" ? { ...next, cause: event.cause } : next, actions];
    },
    "back to running": (execution, event) => {
      const [next, actions] = step(execution, event);
      return event.type === "started" && execution.phase === "terminating"
        ? [{ ...next, phase: "running" }, actions]
        : [next, actions];
    },
    "reaping without end": (execution, event) =>
      event.type === "reaped" || event.type === "gone" && execution.phase === "reaping"
        ? [execution, []]
        : step(execution, event),
  };
  for (const [name, broken] of Object.entries(breaks)) {
    assert.throws(() => check(broken), assert.AssertionError, name);
  }
});
