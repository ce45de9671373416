// The short conversions give what the runtime's coders give, or undefined.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { asciiBytes, asciiText } from "./ascii.ts";

const isAscii = (text: string) => [...text].every((character) => character <= "\x7f");
const texts = fc.oneof(
  fc.string({ unit: "binary-ascii", maxLength: 2000 }),
  fc.string({ unit: "binary", maxLength: 40 }),
);

Deno.test("asciiBytes: are the encoder's, and only those of short texts of ASCII", () => {
  fc.assert(fc.property(texts, (text) => {
    const expected = text.length <= 1024 && isAscii(text)
      ? new TextEncoder().encode(text)
      : undefined;
    assert.deepEqual(asciiBytes(text), expected);
  }));
});

Deno.test("asciiText: is the decoder's, and only that of short ASCII", () => {
  fc.assert(fc.property(fc.oneof(texts, fc.constant("é")), (text) => {
    const bytes = new TextEncoder().encode(text);
    const expected = bytes.length <= 1024 && isAscii(text) ? text : undefined;
    assert.equal(asciiText(bytes), expected);
  }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    const expected = bytes.every((byte) => byte < 0x80)
      ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
      : undefined;
    assert.equal(asciiText(bytes), expected);
  }));
});
