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
