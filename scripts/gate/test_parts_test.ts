import assert from "node:assert/strict";
import { partsFor } from "./test_parts.ts";

/** Each part's folder and the names it got. */
const split = (...names: string[]) =>
  partsFor(names, "/project").map(({ folder, args }) => [
    folder,
    ...args.filter((arg) => !arg.startsWith("--")),
  ]);

Deno.test("partsFor: a file goes to its part, whichever way it is named", () => {
  assert.deepEqual(split(), [[""], ["controller/mcp"]]);
  assert.deepEqual(split("linux", "./a_test.ts"), [["", "linux", "a_test.ts"]]);
  assert.deepEqual(split("controller/mcp/names_test.ts"), [["controller/mcp", "names_test.ts"]]);
  assert.deepEqual(split("/project/controller/mcp/"), [["controller/mcp", "."]]);
  assert.deepEqual(split("linux", "controller/mcp/a"), [["", "linux"], ["controller/mcp", "a"]]);
  assert.deepEqual(split("controller"), [["", "controller"], ["controller/mcp"]]);
  assert.deepEqual(split("."), [["", "."], ["controller/mcp"]]);
  assert.deepEqual(split("controller/mcp_of_others"), [["", "controller/mcp_of_others"]]);
});
