import assert from "node:assert/strict";
import { sourceBuildId, stampBundle } from "./bundle.ts";

Deno.test("the build id replaces the mark and names the code", async () => {
  const a = await stampBundle(`print("${sourceBuildId}")`);
  assert.equal(a.code, `print("${a.buildId}")`);
  assert.match(a.buildId, /^[0-9a-f]{16}$/);
  const b = await stampBundle(`print( "${sourceBuildId}")`);
  assert.notEqual(a.buildId, b.buildId);
});

Deno.test("a bundle without the mark, or with two, is refused", async () => {
  await assert.rejects(stampBundle("print(1)"), /0 times/);
  await assert.rejects(stampBundle(sourceBuildId + sourceBuildId), /2 times/);
});
