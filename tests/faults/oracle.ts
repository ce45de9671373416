// Judges an agent after something went wrong: does it still do its work, and has it left nothing?
//
// The same for every kind of fault. What it does not accept is thrown, with what was seen.

import { type Census, census } from "../helpers/census.ts";
import type { TestAgent } from "../helpers/agent.ts";
import { waitUntilGone, within } from "../helpers/agent.ts";
import { scenarios, Wrong } from "./scenarios.ts";

/** The longest that anything may take: the agent's own bounds are ten seconds. */
export const BOUND_MS = 25_000;

/** How long what is left of a job may take to be cleared away. */
const CLEAR_MS = 12_000;
const SETTLE_MS = 2_000;

/** `promise`, or Wrong where it does not settle in time. */
export async function bounded<T>(what: string, promise: Promise<T>, ms = BOUND_MS): Promise<T> {
  if (!await within(ms, promise.catch(() => {}))) throw new Wrong(`${what} hangs: ${ms} ms`);
  return await promise;
}

/** Checks that the next job runs as usual, and that the census is what it was. */
export async function goesOn(agent: TestAgent, before: Census): Promise<void> {
  await nextRuns(agent);
  if (await unsettled(agent, before, SETTLE_MS) === "") return;
  // A job that could not be armed ahead is not tried again before the next request.
  await nextRuns(agent);
  const difference = await unsettled(agent, before, CLEAR_MS);
  if (difference !== "") throw new Wrong(`It is left with other things: ${difference}`);
}

async function nextRuns(agent: TestAgent): Promise<void> {
  const ending = await bounded("The next job", scenarios.hello(agent.target));
  if (ending !== "as usual") throw new Wrong(`The next job: ${ending}`);
}

/** What still differs from `before` after the time; empty once nothing does. */
async function unsettled(agent: TestAgent, before: Census, ms: number): Promise<string> {
  const end = Date.now() + ms;
  for (;;) {
    const difference = differences(before, census(agent.pid));
    if (difference === "" || Date.now() > end) return difference;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What differs, in words; empty where nothing does. */
export function differences(before: Census, after: Census): string {
  const found: string[] = [];
  for (const kind of ["processes", "descriptors"] as const) {
    for (const name of new Set([...Object.keys(before[kind]), ...Object.keys(after[kind])])) {
      const [was, is] = [before[kind][name] ?? 0, after[kind][name] ?? 0];
      if (was !== is) found.push(`${name}: ${is}, not ${was}`);
    }
  }
  if (before.mounts !== after.mounts) found.push(`${after.mounts} mounts, not ${before.mounts}`);
  for (const path of after.files) if (!before.files.includes(path)) found.push(path);
  return found.join("; ");
}

/**
 * Checks that an agent that ended did so with exactly one line, and left no process.
 *
 * @param family What was below it.
 * @param killed Whether the fault was its death.
 * @returns The line's message.
 */
export async function endedWell(
  agent: Pick<TestAgent, "status" | "stderr">,
  family: readonly number[],
  killed = false,
): Promise<string> {
  const { code, signal } = await agent.status;
  const left = await waitUntilGone(family, CLEAR_MS);
  if (left.length > 0) throw new Wrong(`It ended and left the processes ${left.join(", ")}`);
  const said = agent.stderr();
  const lines = said.split("\n").filter((line) => line !== "");
  if (killed && signal !== null && lines.length === 0) return "killed";
  if (code !== 1 || lines.length !== 1) {
    throw new Wrong(`It ended with ${signal ?? code} and said ${JSON.stringify(said)}`);
  }
  let line: { level?: string; error?: string; message?: string };
  try {
    line = JSON.parse(lines[0]);
  } catch {
    throw new Wrong(`Its last line is no JSON: ${lines[0]}`);
  }
  const ofJavaScript = /^(Type|Range|Reference|Syntax)Error$/.test(line.error ?? "");
  if (line.level !== "fatal" || ofJavaScript || !clear.test(line.message ?? "")) {
    throw new Wrong(`Its last line is not clear: ${lines[0]}`);
  }
  return line.message!;
}

/** A verb follows. A fault of our own code would speak of JavaScript. */
export const clear =
  /^Cannot (?![a-z]+ it:|the |no |is |does |user |everything |(read|set) propert|access '|convert undefined)[a-z]+(: required)? /;
