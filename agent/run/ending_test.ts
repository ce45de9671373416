import assert from "node:assert/strict";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Deadline } from "./deadlines.ts";
import { Ending } from "./ending.ts";

/** The deadlines that are left where the run ends while its sandbox, which is gone, is told. */
function leftBy(use: (ending: Ending, sandbox: Sandbox) => void): Deadline[] {
  const set = new Set<Deadline>();
  const deadlines = { set: (name: Deadline) => set.add(name), clear: () => set.clear() };
  const ending = new Ending(deadlines as never, "x86_64", 1000, () => {});
  // Its keeper is gone: its user finishes the run, and that clears the deadlines.
  const sandbox = { closed: false, ask: () => deadlines.clear() };
  use(ending, sandbox as unknown as Sandbox);
  return [...set];
}

Deno.test("a run that ends while its job is told to end leaves no deadline for the next run", () => {
  assert.deepEqual(leftBy((ending, sandbox) => ending.kill(sandbox, 7)), []);
  assert.deepEqual(leftBy((ending, sandbox) => ending.terminate(sandbox, 7)), []);
});
