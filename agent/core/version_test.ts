import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { version } from "./version.ts";

Deno.test("the agent's version is the project's", () => {
  assert.equal(version, config.version);
});
