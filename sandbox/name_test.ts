// Names that are not text keep every byte, and those that are stay as they are.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { escapedName, nameBelow, textOfName } from "./name.ts";

const encoder = new TextEncoder();

Deno.test("name: text is text, with a byte order mark as well", () => {
  for (const text of ["a", "-", "é🎈", "\ufeffx", "line\nend", "..foo", "\\xff"]) {
    assert.equal(textOfName(encoder.encode(text)), text);
  }
  // Not UTF-8: a lone byte, a surrogate half, an overlong form, half a character.
  for (const bytes of [[0xff], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0x61, 0xe2, 0x82]]) {
    assert.equal(textOfName(new Uint8Array(bytes)), undefined);
  }
});

Deno.test("name: an escaped name has every byte of its name", () => {
  assert.equal(escapedName(new Uint8Array([0x61, 0xff, 0x5c, 0x0a])), "a\\xff\\x5c\n");
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 255 }), (bytes) => {
    const back = escapedName(bytes).replace(
      /\\x(..)/g,
      (_, digits) => String.fromCharCode(parseInt(digits, 16)),
    );
    assert.deepEqual(Array.from(back, (sign) => sign.charCodeAt(0)), [...bytes]);
  }));
});

Deno.test("name: a path is joined byte by byte", () => {
  assert.deepEqual([...nameBelow("é", new Uint8Array([0xff]))], [0xc3, 0xa9, 0x2f, 0xff]);
});
