import assert from "node:assert/strict";
import { StartTimes } from "./start_times.ts";

Deno.test("each step's time is from the mark before it", () => {
  let moment = 5;
  const times = new StartTimes(() => moment);
  moment = 14.12;
  times.mark("zygote");
  moment = 14.5;
  times.mark("hardening");
  assert.equal(String(times), "zygote 9.1 ms, hardening 0.4 ms");
});
