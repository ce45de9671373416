// The restore guard: what its program may do, and the real one over its socket.
//
// The kernel refuses a time before its own start even to root, so these tests never set this
// machine's clock.

import assert from "node:assert/strict";
import { closeFd } from "../../linux/fd.ts";
import { waitpid } from "../../linux/process.ts";
import { sendFd, socketpair } from "../../linux/socket.ts";
import { Program } from "../../sandbox/program.ts";
import { Loop } from "../core/loop.ts";
import { Restore, type RestoreFailure } from "./restore.ts";
import { restoreProgram, startRestoreGuard } from "./restore_guard.ts";

Deno.test("the restore guard takes 48 bytes, sets one clock, and reads no other program", () => {
  const program = new Program("x86_64");
  restoreProgram(program);
  assert.deepEqual(program.steps.map(({ call }) => call), [
    ...["openat", "dup3", "recvfrom", "exit_group", "clock_settime", "ioctl", "ioctl"],
    ...["sendto", "close"],
  ]);
  assert.equal(program.steps[2].args[2], 48);
  // The last step must always fail: no row comes after it.
  assert.deepEqual(program.steps.at(-1)?.args, [-1]);
});

Deno.test("the restore guard answers again and again, and ends with its socket", () => {
  const loop = new Loop();
  const guard = startRestoreGuard();
  const restore = new Restore(loop, guard.control);
  const answers: (RestoreFailure | undefined)[] = [];
  for (let i = 0; i < 3; i++) restore.ask(0, "5a".repeat(32), (failure) => answers.push(failure));
  for (let turns = 0; answers.length < 3 && turns < 100; turns++) loop.turn(1000);
  loop.unwatch(guard.control);
  closeFd(guard.control);
  const expected = { step: "set the clock", errno: Deno.uid() === 0 ? "EINVAL" : "EPERM" };
  assert.deepEqual(answers, [expected, expected, expected]);
  assert.deepEqual(waitpid(guard.pid), { pid: guard.pid, status: 0 });
});

Deno.test("each step of the guard that fails is named, and a guard that is gone ends the agent", () => {
  const loop = new Loop();
  const [mine, guards] = socketpair();
  const restore = new Restore(loop, mine);
  const answered = (...results: number[]) => {
    let told: RestoreFailure | undefined | "nothing" = "nothing";
    restore.ask(0, "5a".repeat(32), (failure) => told = failure);
    sendFd(guards, new Uint8Array(BigInt64Array.from(results.map(BigInt)).buffer));
    loop.turn(1000);
    return told;
  };
  assert.equal(answered(0, 0, 0), undefined);
  assert.deepEqual(answered(-1, 0, 0), { step: "set the clock", errno: "EPERM" });
  assert.deepEqual(answered(0, -22, 0), { step: "add the seed", errno: "EINVAL" });
  assert.deepEqual(answered(0, 0, -11), { step: "reseed", errno: "EAGAIN" });
  assert.deepEqual(answered(-1, -22, 0), { step: "set the clock", errno: "EPERM" });
  assert.throws(() => answered(0), /^FatalError: Cannot restore the guest: the guard is gone$/);
  closeFd(guards);
  assert.throws(() => restore.ask(0, "5a".repeat(32), () => {}), /the guard is gone/);
  loop.unwatch(mine);
  closeFd(mine);
});
