import assert from "node:assert/strict";
import { Timeline } from "./timeline.ts";

Deno.test("what was not marked is left out", () => {
  const timeline = new Timeline();
  timeline.begin(performance.now());
  timeline.mark("ack");
  assert.deepEqual(Object.keys(timeline.timing()), ["ack_ms"]);
});

Deno.test("output seen before the start is no negative time", async () => {
  const timeline = new Timeline();
  timeline.begin(performance.now());
  timeline.mark("output");
  await new Promise((resolve) => setTimeout(resolve, 3));
  timeline.mark("started");
  assert.equal(timeline.timing().first_output_ms, 0);
});

Deno.test("output that is found after the end was there by then", () => {
  const timeline = new Timeline();
  timeline.begin(performance.now());
  for (const mark of ["ack", "written", "started", "ended"] as const) timeline.mark(mark);
  const begin = performance.now();
  while (performance.now() < begin + 2) { /* some time */ }
  for (const mark of ["output", "result"] as const) timeline.mark(mark);
  const { first_output_ms, run_ms, collect_ms } = timeline.timing();
  assert.equal(first_output_ms, run_ms);
  assert.ok(collect_ms >= 2);
});
