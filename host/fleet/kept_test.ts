// What a result keeps of the output.

import assert from "node:assert/strict";
import { Kept } from "./kept.ts";

const piece = (stream: "stdout" | "stderr", offset: number, text: string) => (
  { stream, offset, bytes: new TextEncoder().encode(text) }
);
const text = (kept: Kept, stream: "stdout" | "stderr") => new TextDecoder().decode(kept.of(stream));

Deno.test("the beginning of each stream is kept, up to the limit", () => {
  const kept = new Kept(5);
  kept.add(piece("stdout", 0, "abc"));
  kept.add(piece("stderr", 0, "x"));
  kept.add(piece("stdout", 3, "defg"));
  kept.add(piece("stdout", 7, "h"));
  assert.deepEqual([text(kept, "stdout"), text(kept, "stderr")], ["abcde", "x"]);
});

Deno.test("what comes after a gap is not put where it does not belong", () => {
  const kept = new Kept(100);
  kept.add(piece("stdout", 0, "ab"));
  kept.add(piece("stdout", 3, "d"));
  kept.add(piece("stdout", 2, "c"));
  assert.equal(text(kept, "stdout"), "ab");
});
