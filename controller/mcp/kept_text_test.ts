import assert from "node:assert/strict";
import { endCharacters, KeptText } from "./kept_text.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("KeptText: short output is whole, however it is cut", () => {
  const whole = bytes("añ€😀 end");
  for (let cut = 0; cut <= whole.length; cut++) {
    const kept = new KeptText();
    const told = kept.push(whole.subarray(0, cut)) + kept.push(whole.subarray(cut));
    assert.deepEqual([told, kept.end(), kept.truncated], ["añ€😀 end", "añ€😀 end", false]);
  }
});

Deno.test("KeptText: of long output both ends are left, and what is missing is counted", () => {
  const kept = new KeptText();
  for (let i = 0; i < 100; i++) kept.push(bytes("x".repeat(1000)));
  kept.push(bytes("end"));
  const text = kept.end();
  assert(kept.truncated);
  assert(text.startsWith("x".repeat(endCharacters)) && text.endsWith("xend"));
  assert(text.includes(`[${100_003 - 2 * endCharacters} characters are left out here]`));
});

Deno.test("KeptText: exactly both ends are whole", () => {
  const kept = new KeptText();
  kept.push(bytes("y".repeat(2 * endCharacters)));
  assert.deepEqual([kept.end().length, kept.truncated], [2 * endCharacters, false]);
});

Deno.test("KeptText: what is no UTF-8 is replaced", () => {
  const kept = new KeptText();
  kept.push(new Uint8Array([0x61, 0xff, 0xe2, 0x82]));
  assert.equal(kept.end(), "a\ufffd\ufffd");
});
