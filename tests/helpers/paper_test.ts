import assert from "node:assert/strict";
import { blocksOf, isShown, proseOf } from "./paper.ts";

const text = "Some `words`.\n\n1. One:\n\n   ```sh\n   a\n     b\n   ```\n\n```\nc\n```\nEnd.\n";

Deno.test("paper: blocks have their language, their line, and no indentation of a list", () => {
  assert.deepEqual(blocksOf(text), [
    { language: "sh", text: "a\n  b", line: 5 },
    { language: "", text: "c", line: 10 },
  ]);
  assert.throws(() => blocksOf("```sh\na\n"), /line 1 does not end/);
});

Deno.test("paper: prose has no blocks", () => {
  assert.equal(proseOf(text), "Some `words`.\n\n1. One:\n\n\n\n\nEnd.\n");
});

Deno.test("paper: what is shown may differ in numbers and blanks, and nowhere else", () => {
  assert.ok(isShown("took 1.5 ms,  2 times", "took 17 ms, 31 times\n"));
  assert.ok(isShown("a\n…\nz", "a\nb\nc\nz"));
  assert.ok(isShown("off: … and so on", "off: (cgroup) and so on"));
  assert.ok(!isShown("took 1 ms", "took 1 s"));
  assert.ok(!isShown("a", "a\nb"));
  assert.ok(!isShown("a.c", "abc"));
});
