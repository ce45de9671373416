// The framing decodes what was encoded.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { encodeMessage, encodeMessageInto, encodeOutputInto } from "./encoding.ts";
import { Framing } from "./framing.ts";

function decode(line: Uint8Array): unknown {
  const framing = new Framing({ lineBytes: 10_000, bodyBytes: 10_000 });
  framing.feed(line);
  const frame = framing.next();
  assert.equal(framing.pending, 0);
  return frame?.kind === "message" ? frame.value : frame;
}

Deno.test("encodeMessage: one line that the framing reads back", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.deepEqual(decode(encodeMessage({ type: "x", text } as { type: string })), {
      type: "x",
      text,
    });
  }));
});

Deno.test("encodeMessageInto: writes the line, or nothing where it does not fit", () => {
  const target = new Uint8Array(40);
  const length = encodeMessageInto({ type: "pong" }, target);
  assert.deepEqual(decode(target.subarray(0, length)), { type: "pong" });
  assert.equal(encodeMessageInto({ type: "x".repeat(40) }, target), -1);
});

Deno.test("encodeOutputInto: the line before a piece of output", () => {
  const target = new Uint8Array(128);
  const length = encodeOutputInto("stderr", 2 ** 40, 5, target);
  assert.deepEqual(decode(target.subarray(0, length)), {
    type: "stderr",
    offset: 2 ** 40,
    bytes: 5,
  });
});
