import assert from "node:assert/strict";
import { restMs } from "./waiting.ts";

Deno.test("a client rests as long as a cold job takes, and 20 ms more", () => {
  const job = (whole: number) => ({ ack: 1, whole, timing: {} });
  assert.equal(restMs([job(20)]), 40);
  assert.equal(restMs([job(10), job(900), job(20)]), 40, "one slow job does not count");
});
