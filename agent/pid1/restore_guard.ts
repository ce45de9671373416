// Sets the guest's clock and adds fresh randomness after a restore from a snapshot, when the agent
// has given up the right to do so.
//
// Two restores of one snapshot begin with the same clock and the same state of the kernel's random
// number generator. Only the host has the right values, so a client's `reset` may carry both. As
// PID 1 the agent leaves behind a launcher that keeps root for this and runs one fixed syscall
// program. The launcher accepts 48 bytes of data and never another program, so no message can make
// it do anything else.

import {
  AT_FDCWD,
  CLOCK_REALTIME,
  MSG_NOSIGNAL,
  O_CLOEXEC,
  O_WRONLY,
  RNDADDENTROPY,
  RNDRESEEDCRNG,
} from "../../linux/constants.ts";
import { SysError } from "../../linux/errno.ts";
import { sendFd } from "../../linux/socket.ts";
import { thisArch } from "../../linux/syscall_numbers.ts";
import { launch, type Launched } from "../../sandbox/launch.ts";
import { CONTROL } from "../../sandbox/layout.ts";
import { Flow, Program } from "../../sandbox/program.ts";

/** Bytes of randomness that a client sends. */
export const SEED_BYTES = 32;

/** The message to the guard: the seed, then a struct timespec. */
export const MESSAGE_BYTES = SEED_BYTES + 16;
/** The guard's answer: three results of 64 bits. */
export const ANSWER_BYTES = 24;

/** Number of the guard's descriptor of /dev/urandom. */
const URANDOM = 9;

/** The guard's program. Its last step always fails, and the failure starts it anew. */
export function restoreProgram(program: Program): void {
  const urandom = new Flow();
  // struct rand_pool_info (random(4)): bits to credit, number of bytes, and the bytes, which the
  // message fills in.
  const header = new Uint8Array(8 + MESSAGE_BYTES);
  new DataView(header.buffer).setInt32(0, SEED_BYTES * 8, true);
  new DataView(header.buffer).setInt32(4, SEED_BYTES, true);
  const pool = program.bytes(header, "{256 bits, 32 bytes, seed} {time}");
  const time = pool + 8 + SEED_BYTES;
  const results = program.space(ANSWER_BYTES);
  const path = program.text("/dev/urandom");
  program.step("open", "openat", [AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0], { store: urandom });
  program.step("at a fixed descriptor", "dup3", [urandom, URANDOM, O_CLOEXEC]);
  program.onFailureFromHere();
  program.whenZero("wait for data", "recvfrom", [CONTROL, pool + 8, MESSAGE_BYTES, 0], {}, () => {
    program.step("the agent is gone: exit", "exit_group", [0]);
  });
  program.step("set the clock", "clock_settime", [CLOCK_REALTIME, time], {
    must: false,
    store: results,
  });
  program.step("add the seed", "ioctl", [URANDOM, RNDADDENTROPY, pool], {
    must: false,
    store: results + 8,
  });
  program.step("use it from now on", "ioctl", [URANDOM, RNDRESEEDCRNG], {
    must: false,
    store: results + 16,
  });
  program.step("answer", "sendto", [CONTROL, results, ANSWER_BYTES, MSG_NOSIGNAL]);
  program.step("again", "close", [-1]);
}

/** Starts the guard. /dev must be mounted, and without root its steps fail. */
export function startRestoreGuard(): Launched {
  const guard = launch(thisArch);
  const program = new Program(thisArch);
  restoreProgram(program);
  const message = program.encode();
  const sent = sendFd(guard.control, message);
  if (sent !== message.length) throw new SysError("send", -sent, "start the restore guard");
  return guard;
}
