// The builder of syscall programs: rows, flows, skips, data, and the names of failed steps.

import assert from "node:assert/strict";
import { syscallNumber } from "../linux/syscall_numbers.ts";
import { ARENA, ARENA_SIZE } from "./launcher/code.ts";
import { Flow, Program } from "./program.ts";

const row = (index: number) => 64 + 64 * index;
const view = (program: Program) => {
  const bytes = program.encode();
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
};

Deno.test("Program: a row holds number, must and arguments", () => {
  const program = new Program("x86_64");
  program.step("write", "write", [1, 0x1_0000_0002, -1n]);
  program.step("close", "close", [7], { must: false });
  program.end();
  const rows = view(program);
  assert.equal(rows.getInt32(row(0), true), syscallNumber("x86_64", "write"));
  assert.equal(rows.getUint32(row(0) + 4, true), 1);
  assert.equal(rows.getBigUint64(row(0) + 16, true), 0x1_0000_0002n);
  assert.equal(rows.getBigInt64(row(0) + 24, true), -1n);
  assert.equal(rows.getUint32(row(1) + 4, true), 0);
  assert.equal(rows.getInt32(row(2), true), -1);
});

Deno.test("Program: a result flows into a later argument, never backwards", () => {
  const program = new Program("aarch64");
  const fd = new Flow();
  assert.throws(() => program.step("close", "close", [new Flow()]), /flows backwards/);
  program.reset();
  program.step("open", "openat", [0, 0], { store: fd });
  program.step("close", "close", [fd]);
  assert.equal(view(program).getBigUint64(row(0) + 56, true), BigInt(ARENA + row(1) + 8));
});

Deno.test("Program: the parent skips exactly the child's rows", () => {
  const program = new Program("x86_64");
  program.fork("fork", program.space(88), {}, () => {
    program.step("in the child", "setsid", []);
    program.end();
  });
  program.end();
  assert.equal(view(program).getUint16(row(0) + 6, true), 2);
  assert.deepEqual(program.steps.map(({ depth }) => depth), [0, 1, 1, 0]);
});

Deno.test("Program: steps for a result of 0 are skipped for any other, and a failure can lead back", () => {
  const program = new Program("x86_64");
  program.step("before", "setsid", []);
  program.onFailureFromHere();
  program.whenZero("ask", "getpid", [], {}, () => program.step("exit", "exit_group", [0]));
  program.end();
  assert.equal(view(program).getUint16(row(1) + 6, true), 1);
  assert.equal(view(program).getBigUint64(0, true), BigInt(ARENA + row(1)));
  assert.deepEqual(program.steps.map(({ depth }) => depth), [0, 0, 0, 0]);
});

Deno.test("Program: a full arena and too many steps are refused", () => {
  const program = new Program("x86_64");
  assert.throws(() => program.space(ARENA_SIZE), /arena is full/);
  assert.throws(() => {
    for (;;) program.end();
  }, /too many steps/);
});

Deno.test("Program: a failed row has its step's name, and goes on with the failure rows", () => {
  const program = new Program("x86_64");
  program.step("first", "setsid", []);
  program.step("second", "setsid", []);
  program.end();
  program.onFailure(() => program.step("exit", "exit_group", [127], { must: false }));
  assert.equal(program.stepAt(ARENA + row(1))?.name, "second");
  assert.equal(program.stepAt(ARENA + row(9)), undefined);
  assert.equal(view(program).getBigUint64(0, true), BigInt(ARENA + row(3)));
});
