import assert from "node:assert/strict";
import { libc } from "./libc.ts";
import { addressOf, allocate, cString, PointerArray, textOf } from "./memory.ts";

/** What is at an address, read back through libc. */
function peek(address: bigint, length: number): Uint8Array {
  const bytes = allocate(length);
  libc.memcpy_from(bytes, address, BigInt(length));
  return bytes;
}

Deno.test("a C string ends in zero and contains none", () => {
  assert.deepEqual([...cString("hé")], [0x68, 0xc3, 0xa9, 0]);
  assert.deepEqual([...cString("")], [0]);
  assert.throws(() => cString("a\0b"), TypeError);
  assert.equal(textOf(cString("hé")), "hé");
  assert.equal(textOf(new TextEncoder().encode("whole")), "whole");
});

Deno.test("the address of a buffer is where its bytes are", () => {
  const bytes = new TextEncoder().encode("0123456789");
  assert.deepEqual(peek(addressOf(bytes), 10), bytes);
  assert.equal(addressOf(bytes.subarray(3)), addressOf(bytes) + 3n);
  assert.equal(addressOf(bytes), addressOf(bytes));
});

Deno.test("an array of pointers keeps its strings where they are, and alive", () => {
  const texts = Array.from({ length: 50 }, (_, i) => `text ${i}`);
  const array = new PointerArray(texts);
  for (let i = 0; i < 200; i++) new ArrayBuffer(1 << 16); // something for the collector to do
  const words = new BigUint64Array(array.bytes.buffer);
  assert.equal(words.length, 51);
  assert.equal(words[50], 0n);
  texts.forEach((text, i) => assert.equal(textOf(peek(words[i], text.length + 1)), text));
});
