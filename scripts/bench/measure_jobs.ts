// Samples of requests and jobs, each taken just before or after those of its peers.

import { existsSync } from "node:fs";
import { policy } from "../../policy/generated/policy.ts";
import type { PeerKey, RowKey } from "./catalogue.ts";
import { largeProgram, line, repeat, request, timeAnswer, timeJob, timeStamped } from "./jobs.ts";
import { namespaceTimes, spawnTimes, stampTimes } from "./native.ts";
import { resultTimes } from "./result_cost.ts";
import type { Measurement, Session } from "./session.ts";

/**
 * Pause before each job and each start of a peer: long enough for the agent to make the next
 * sandbox, as between requests of a real client.
 */
const PAUSE_MS = 4;
/** The Python that the policy names: the one on PATH may be different. */
export const pythonPath = "/usr/bin/python3";
export const hasPython: boolean = existsSync(pythonPath);
const hello = "print('hello')";

async function spawn(
  { rows, native }: Session,
  row: RowKey,
  peer: PeerKey,
  argv: readonly string[],
  count: number,
) {
  rows.add(row, await spawnTimes(native, { argv, count, pauseMs: PAUSE_MS }), peer);
}

/** Starts the same program in every other sandbox that works here. */
async function spawnSandboxed(
  { rows, native, sandboxes }: Session,
  row: RowKey,
  argv: readonly string[],
  count: number,
) {
  for (const sandbox of sandboxes) {
    const starts = { ...await sandbox.start(argv), count, pauseMs: PAUSE_MS };
    rows.add(row, await spawnTimes(native, starts), sandbox.key);
  }
}

async function small(session: Session) {
  const { rows, wire, echo, native } = session;
  const bytes = request("exec", Deno.readFileSync(native.tiny));
  const times = repeat(20, PAUSE_MS, () => timeJob(wire, bytes));
  rows.add("ack", times.map(({ ack }) => ack));
  rows.add("ack", repeat(20, PAUSE_MS, () => timeAnswer(echo, bytes)), "echo");
  rows.add("tiny", times.map(({ whole }) => whole));
  await spawn(session, "tiny", "spawn", [native.tiny], 20);
}

async function stamped(session: Session) {
  const { rows, wire, native, sandboxes } = session;
  const bytes = request("exec", Deno.readFileSync(native.stamp));
  const times = repeat(20, PAUSE_MS, () => timeStamped(wire, bytes));
  rows.add("firstInstruction", times.map(({ before }) => before));
  rows.add("lastInstruction", times.map(({ after }) => after));
  rows.add("formatted", resultTimes(20, PAUSE_MS));
  rows.add("written", times.map(({ timing }) => timing.write_ms));
  const argv = [native.stamp];
  const bare = await stampTimes(native, { argv, count: 20, pauseMs: PAUSE_MS });
  rows.add("firstInstruction", bare.before, "spawn");
  rows.add("lastInstruction", bare.after, "spawn");
  for (const sandbox of sandboxes) {
    const starts = { ...await sandbox.start(argv), count: 5, pauseMs: PAUSE_MS };
    const { before, after } = await stampTimes(native, starts);
    rows.add("firstInstruction", before, sandbox.key);
    rows.add("lastInstruction", after, sandbox.key);
  }
}

async function real(session: Session) {
  const { rows, wire } = session;
  const bytes = request("exec", Deno.readFileSync("/bin/true"));
  rows.add("true", repeat(20, PAUSE_MS, () => timeJob(wire, bytes).whole));
  await spawn(session, "true", "spawn", ["/bin/true"], 20);
  await spawnSandboxed(session, "true", ["/bin/true"], 8);
}

async function large(session: Session) {
  const { rows, wire, echo } = session;
  const bytes = request("sh", largeProgram(policy.limits.code_bytes));
  const times = repeat(10, PAUSE_MS, () => timeJob(wire, bytes));
  rows.add("ackLarge", times.map(({ ack }) => ack));
  rows.add("ackLarge", repeat(10, PAUSE_MS, () => timeAnswer(echo, bytes)), "echo");
  rows.add("shell", times.map(({ whole }) => whole));
  await spawn(session, "shell", "spawn", ["/bin/sh", "-c", "true"], 10);
}

async function backToBack({ rows, wire, native }: Session) {
  const bytes = request("exec", Deno.readFileSync(native.tiny));
  const count = 50;
  const start = performance.now();
  repeat(count, 0, () => timeJob(wire, bytes));
  rows.add("rate", [count / (performance.now() - start) * 1000]);
  const times = await spawnTimes(native, { argv: [native.tiny], count, pauseMs: 0 });
  rows.add("rate", [count / times.reduce((sum, ms) => sum + ms, 0) * 1000], "spawn");
}

async function reset({ rows, wire, native }: Session) {
  const bytes = line({ type: "reset" });
  rows.add("reset", repeat(10, PAUSE_MS, () => timeAnswer(wire, bytes)));
  if (Deno.uid() !== 0) return;
  rows.add("reset", await namespaceTimes(native, 10, PAUSE_MS), "namespaces");
}

async function python(session: Session) {
  if (!hasPython) return;
  const { rows, wire } = session;
  const bytes = request("python", hello);
  rows.add("python", repeat(4, PAUSE_MS, () => timeJob(wire, bytes).whole));
  const argv = [pythonPath, "-I", "-c", hello];
  await spawn(session, "python", "python", argv, 4);
  await spawnSandboxed(session, "python", argv, 2);
}

/** All measurements that use a connection to the agent. */
export const jobMeasurements: readonly Measurement[] = [
  small,
  stamped,
  real,
  large,
  backToBack,
  reset,
  python,
].map((take) => ({ every: 1, take }));
