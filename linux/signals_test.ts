import assert from "node:assert/strict";
import { signalName, signalNumber } from "./signals.ts";
import {
  WCOREDUMP,
  WEXITSTATUS,
  WIFEXITED,
  WIFSIGNALED,
  WIFSTOPPED,
  WSTOPSIG,
  WTERMSIG,
} from "./wait_status.ts";

Deno.test("every standard signal has a name, and the name its number", () => {
  for (let n = 1; n <= 31; n++) {
    assert.match(signalName(n), /^SIG[A-Z0-9]+$/);
    assert.equal(signalNumber(signalName(n)), n);
  }
  assert.equal(signalName(9), "SIGKILL");
  assert.equal(signalName(34), "SIGRTMIN");
  assert.equal(signalName(64), "SIGRTMIN+30");
  assert.equal(signalName(0), "signal 0");
  assert.equal(signalName(32), "signal 32");
  assert.equal(signalNumber("SIGNOPE"), undefined);
});

Deno.test("a wait status says how a process ended", () => {
  const kinds = (s: number) => [WIFEXITED(s), WIFSIGNALED(s), WIFSTOPPED(s)];
  assert.deepEqual(kinds(0x0700), [true, false, false]);
  assert.equal(WEXITSTATUS(0xff00), 255);
  assert.deepEqual(kinds(9), [false, true, false]);
  assert.equal(WTERMSIG(0x8b), 11);
  assert.equal(WCOREDUMP(0x8b), true);
  assert.equal(WCOREDUMP(9), false);
  assert.deepEqual(kinds(0x137f), [false, false, true]);
  assert.equal(WSTOPSIG(0x137f), 19);
});
