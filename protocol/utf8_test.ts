// Counting UTF-8 bytes agrees with the encoder.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { fitsUtf8, utf8Length } from "./utf8.ts";

const units = fc.string({
  unit: fc.oneof(fc.constantFrom("\ud800", "\udc00", "😀", "é", "€"), fc.string()),
});

Deno.test("utf8Length: is what TextEncoder writes", () => {
  fc.assert(fc.property(units, (text) => {
    assert.equal(utf8Length(text), new TextEncoder().encode(text).length);
  }));
});

Deno.test("fitsUtf8: is the comparison with that length", () => {
  fc.assert(fc.property(units, fc.nat({ max: 40 }), (text, limit) => {
    assert.equal(fitsUtf8(text, limit), utf8Length(text) <= limit);
  }));
});

Deno.test("fitsUtf8: the last byte of a large text decides, and so does the last half of a pair", () => {
  const limit = 65536;
  assert.equal(fitsUtf8("é".repeat(limit / 2), limit), true);
  assert.equal(fitsUtf8("é".repeat(limit / 2) + "x", limit), false);
  assert.equal(fitsUtf8("😀".repeat(limit / 4 - 1) + "€", limit - 1), true);
  assert.equal(fitsUtf8("😀".repeat(limit / 4), limit - 1), false);
  assert.equal(fitsUtf8("é".repeat(limit), 2 * limit), true);
  assert.equal(fitsUtf8("é".repeat(limit) + "x", 2 * limit), false);
});
