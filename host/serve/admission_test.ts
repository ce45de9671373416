import assert from "node:assert/strict";
import { Admission, withinLimits } from "./admission.ts";
import { Problem, type ProblemCode } from "./problem.ts";

const refuses = (code: ProblemCode, retryAfter?: number) => (error: unknown): true => {
  assert.ok(error instanceof Problem, String(error));
  assert.deepEqual([error.code, error.details.retryAfter], [code, retryAfter]);
  return true;
};

Deno.test("a holder's runs are counted, at once and a minute, and nobody else's", () => {
  let now = 0;
  const admission = new Admission(() => now);
  const one = { name: "one", concurrent_runs: 1, runs_per_minute: 2 };
  const leave = admission.enter(one);
  assert.throws(() => admission.enter(one), refuses("too_many", 1));
  admission.enter({ name: "two" });
  leave();
  admission.enter(one)();
  assert.throws(() => admission.enter(one), refuses("too_many", 30));
  now = 30_000;
  admission.enter(one)();
});

Deno.test("a request stays within its holder's limits", () => {
  const holder = { name: "one", timeout_ms: 1000, memory_bytes: 5000 };
  const within = (request: Parameters<typeof withinLimits>[0], defaults = {}) =>
    withinLimits(request, holder, defaults);
  const all = { timeout_ms: 1000, limits: { memory_bytes: 5000 } };
  assert.deepEqual(within({}), all);
  assert.deepEqual(within(all), all);
  assert.deepEqual(within({ limits: { cpu_ms: 3 } }), {
    timeout_ms: 1000,
    limits: { cpu_ms: 3, memory_bytes: 5000 },
  });
  // A default that is lower stays.
  assert.deepEqual(within({}, { timeout_ms: 500, memory_bytes: 100 }), {});
  assert.deepEqual(withinLimits({ timeout_ms: 99_999 }, { name: "" }, {}), { timeout_ms: 99_999 });
  assert.throws(() => within({ timeout_ms: 1001 }), refuses("over_limit"));
  assert.throws(() => within({ limits: { memory_bytes: 5001 } }), refuses("over_limit"));
});
