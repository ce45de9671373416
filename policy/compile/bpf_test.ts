// The interpreter does what the kernel's does, and refuses what a filter never holds.

import assert from "node:assert/strict";
import fc from "fast-check";
import { CODE, decode, encode, type Instruction, interpret } from "./bpf.ts";

const call = { number: 5, token: 0xc000003e, args: [0x1_0000_0002n, 0n, 0n, 0n, 0n, 0n] };
const give = (k: number): Instruction => ({ code: CODE.RETURN, jt: 0, jf: 0, k });
const load = (k: number): Instruction => ({ code: CODE.LOAD, jt: 0, jf: 0, k });

Deno.test("encoding and decoding are each other's inverse", () => {
  const instruction = fc.record({
    code: fc.nat(0xffff),
    jt: fc.nat(255),
    jf: fc.nat(255),
    k: fc.nat(0xffff_ffff),
  }, { noNullPrototype: true });
  fc.assert(fc.property(fc.array(instruction, { minLength: 1 }), (program) => {
    assert.deepEqual(decode(encode(program)), program);
  }));
  assert.throws(() => decode(new Uint8Array(7)), RangeError);
  assert.throws(() => decode(new Uint8Array(0)), RangeError);
});

Deno.test("the words of a call are loaded from their places", () => {
  const word = (k: number, want: number) =>
    interpret(
      [load(k), { code: CODE.JUMP_EQUAL, jt: 0, jf: 1, k: want }, give(1), give(0)],
      call,
    );
  assert.equal(word(0, 5), 1);
  assert.equal(word(4, 0xc000003e), 1);
  assert.equal(word(16, 2), 1); // low half of argument 0
  assert.equal(word(20, 1), 1); // high half
  for (const k of [1, 8, 12, 64]) assert.throws(() => word(k, 0));
});

Deno.test("comparisons are unsigned", () => {
  const greater = (code: number, k: number) =>
    interpret([load(4), { code, jt: 0, jf: 1, k }, give(1), give(0)], call);
  assert.equal(greater(CODE.JUMP_GREATER, 1), 1);
  assert.equal(greater(CODE.JUMP_GREATER, 0xc000003e), 0);
  assert.equal(greater(CODE.JUMP_GREATER_EQUAL, 0xc000003e), 1);
});

Deno.test("what a filter never holds is refused", () => {
  assert.throws(() => interpret([load(0)], call), /past its end/);
  assert.throws(() => interpret([{ code: 0x07, jt: 0, jf: 0, k: 0 }], call), /instruction 0x7/);
});
