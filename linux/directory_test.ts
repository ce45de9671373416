import assert from "node:assert/strict";
import { directoryNames } from "./directory.ts";

function entry(name: string): number[] {
  const bytes = [...new TextEncoder().encode(name), 0];
  const length = (19 + bytes.length + 7) & ~7;
  const record = new Uint8Array(length);
  new DataView(record.buffer).setUint16(16, length, true);
  record.set(bytes, 19);
  return [...record];
}

Deno.test("names are read, without the directory itself and the one above", () => {
  const block = new Uint8Array([".", "..", "main.py", "ä"].flatMap(entry));
  assert.deepEqual(directoryNames(block), ["main.py", "ä"]);
});

Deno.test("an entry without a length ends the reading", () => {
  assert.deepEqual(directoryNames(new Uint8Array([...entry("a"), ...new Array(32).fill(0)])), [
    "a",
  ]);
});
