import assert from "node:assert/strict";
import { elfNeeds } from "./elf.ts";

Deno.test("a program's loader and libraries are read", async () => {
  const needs = elfNeeds(await Deno.readFile("/bin/sh"));
  assert.ok(needs !== null);
  assert.match(needs.interpreter!, /ld-linux/);
  assert.ok(needs.libraries.includes("libc.so.6"), needs.libraries.join());
});

Deno.test("what is no ELF file gives null", () => {
  assert.equal(elfNeeds(new TextEncoder().encode("#!/bin/sh\n".repeat(10))), null);
  assert.equal(elfNeeds(new Uint8Array(3)), null);
});

Deno.test("a cut ELF file throws RangeError", async () => {
  const whole = await Deno.readFile("/bin/sh");
  assert.throws(() => elfNeeds(whole.slice(0, 80)), RangeError);
});
