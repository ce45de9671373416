import assert from "node:assert/strict";
import { directoryEntries, directoryNames, directoryNamesWith } from "./directory.ts";

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

Deno.test("a name keeps its bytes, also when the block is used again", () => {
  const block = new Uint8Array(["\ufeffx", ".a", "..b", "..."].flatMap(entry));
  block[19 + 3] = 0xff; // what was "x"
  const names = directoryEntries(block).map(({ name }) => name);
  block.fill(0);
  assert.deepEqual(names.map((name) => [...name]), [
    [0xef, 0xbb, 0xbf, 0xff],
    [0x2e, 0x61],
    [0x2e, 0x2e, 0x62],
    [0x2e, 0x2e, 0x2e],
  ]);
});

Deno.test("names that begin with something are read alone", () => {
  const block = new Uint8Array([".", "java", "jav", "javac", "xjava", "..", "jaws"].flatMap(entry));
  assert.deepEqual(directoryNamesWith("java", block), ["java", "javac"]);
  assert.deepEqual(directoryNamesWith("", block), directoryNames(block));
  const ended = new Uint8Array([...entry("a"), ...new Array(32).fill(0)]);
  assert.deepEqual(directoryNamesWith("a", ended), ["a"]);
});
