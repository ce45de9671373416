import assert from "node:assert/strict";
import { filterTable } from "./filters.ts";

Deno.test("filter costs: medians, and what the first of a group does not cost", () => {
  const cost = (name: string, ...samples: number[]) =>
    ({ group: "fcntl", name, unit: "ns", samples }) as const;
  const text = filterTable([cost("no filter", 90, 100, 500), cost("tree", 121, 120, 130)]);
  assert.deepEqual(text.split("\n").map((line) => line.replace(/ +/g, " ")), [
    "fcntl",
    " no filter 100 ns",
    " tree 121 ns +21 ns",
  ]);
});
