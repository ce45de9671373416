import assert from "node:assert/strict";
import { E } from "../linux/errno.ts";
import { closeFd, pipe2 } from "../linux/fd.ts";
import { socketpair } from "../linux/socket.ts";
import { thisArch } from "../linux/syscall_numbers.ts";
import { JobSlot } from "./job_slot.ts";
import { Program } from "./program.ts";

const program = new Program(thisArch);

Deno.test("JobSlot: a job whose program the kernel does not take is no interpreter that waits", () => {
  const slot = new JobSlot();
  const [notASocket, other] = pipe2();
  slot.fill([-1, -1, -1, notASocket]); // ENOTSOCK, as any error but those of an ended job
  assert.equal(slot.warm(program, "python"), -E.ENOTSOCK);
  assert.equal(slot.warmFor, undefined);
  slot.empty();
  closeFd(other);
});

Deno.test("JobSlot: where the job has ended, that will be told: it counts as one until then", () => {
  const slot = new JobSlot();
  const [ours, theirs] = socketpair();
  closeFd(theirs);
  slot.fill([-1, -1, -1, ours]);
  assert.equal(slot.warm(program, "python"), -E.EPIPE);
  assert.equal(slot.warmFor, "python");
  slot.empty();
});
