import assert from "node:assert/strict";
import { version } from "./version.ts";

Deno.test("the command line's version is the project's", async () => {
  const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  assert.equal(version, JSON.parse(text).version);
});
