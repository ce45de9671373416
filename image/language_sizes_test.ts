import assert from "node:assert/strict";
import { sizesTable } from "./language_sizes.ts";

Deno.test("sizes are printed as a table of Markdown", () => {
  const sizes = [{ name: "lua", bytes: 1 << 20, files: 6 }, { name: "c", bytes: 0, files: 1000 }];
  assert.equal(
    sizesTable(sizes),
    [
      "| language | adds    | files |",
      "| -------- | ------- | ----- |",
      "| lua      | 1.0 MiB | 6     |",
      "| c        | 0.0 MiB | 1000  |",
    ].join("\n"),
  );
});
