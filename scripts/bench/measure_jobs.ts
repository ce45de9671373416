// Samples of requests and jobs, each taken just before or after those of its peers.

import { policy } from "../../policy/generated/policy.ts";
import type { PeerKey, RowKey } from "./catalogue.ts";
import { barePython, hasPython, hello } from "./interpreters.ts";
import { largeProgram, line, repeat, request, timeAnswer, timeJob, timeStamped } from "./jobs.ts";
import { namespaceTimes, spawnTimes, stampTimes, type Starts } from "./native.ts";
import { PAUSE_MS, spawn, spawnSandboxed } from "./peer_starts.ts";
import { resultTimes } from "./result_cost.ts";
import type { Measurement, Session } from "./session.ts";
import { pause } from "./wire.ts";

/**
 * Sends the same bytes to the servers that only answer. Each request comes a pause after a job, as
 * the agent's does: what a job does to the processors' caches and sleep then falls on all alike.
 */
function echoes(
  { rows, wire, ...servers }: Session,
  row: RowKey,
  bytes: Uint8Array,
  count: number,
) {
  for (const peer of ["echo", "denoEcho"] as const) {
    const answers = repeat(count, PAUSE_MS, () => {
      timeJob(wire, bytes);
      pause(PAUSE_MS);
      return timeAnswer(servers[peer], bytes);
    });
    rows.add(row, answers, peer);
  }
}

async function small(session: Session) {
  const { rows, wire, native } = session;
  const bytes = request("exec", Deno.readFileSync(native.tiny));
  const times = repeat(20, PAUSE_MS, () => timeJob(wire, bytes));
  rows.add("ack", times.map(({ ack }) => ack));
  echoes(session, "ack", bytes, 20);
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
  const { rows, wire } = session;
  const bytes = request("sh", largeProgram(policy.limits.code_bytes));
  const times = repeat(10, PAUSE_MS, () => timeJob(wire, bytes));
  rows.add("ackLarge", times.map(({ ack }) => ack));
  echoes(session, "ackLarge", bytes, 10);
  rows.add("shell", times.map(({ whole }) => whole));
  await spawn(session, "shell", "spawn", ["/bin/sh", "-c", "true"], 10);
}

async function backToBack({ rows, wire, native, sandboxes }: Session) {
  const bytes = request("exec", Deno.readFileSync(native.tiny));
  // As many as show the rate that lasts: the first few find sandboxes that were made before.
  const count = 200;
  const start = performance.now();
  repeat(count, 0, () => timeJob(wire, bytes));
  rows.add("rate", [perSecond(count, performance.now() - start)]);
  const argv = [native.tiny];
  const started = async (peer: PeerKey, starts: Pick<Starts, "argv" | "file">, count: number) => {
    const times = await spawnTimes(native, { ...starts, count, pauseMs: 0 });
    rows.add("rate", [perSecond(count, times.reduce((sum, ms) => sum + ms, 0))], peer);
  };
  await started("spawn", { argv }, count);
  const bwrap = sandboxes.find(({ key }) => key === "bwrapEqual");
  if (bwrap !== undefined) await started("bwrapEqual", await bwrap.start(argv), 100);
}

const perSecond = (count: number, ms: number) => count / ms * 1000;

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
  await spawn(session, "python", "python", barePython, 4);
  await spawnSandboxed(session, "python", barePython, 2);
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
