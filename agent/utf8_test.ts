// Counting UTF-8 agrees with the encoder.

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
