// Gives the guest the right time and fresh randomness after it was restored from a snapshot, when the agent has given
// up the right to.
//
// Two restores of one snapshot begin with the same clock and the same state of the kernel's random number generator.
// Only the host knows better, so a client's `reset` may carry both. As PID 1 the agent leaves a launcher behind that
// keeps root for this and holds one fixed syscall program. It takes 48 bytes of data, never another program: nothing
// that is sent to it can make it do anything else.

import {
  AT_FDCWD,
  CLOCK_REALTIME,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  O_CLOEXEC,
  O_WRONLY,
  RNDADDENTROPY,
  RNDRESEEDCRNG,
} from "../../linux/constants.ts";
import { E, errnoName, SysError } from "../../linux/errno.ts";
import { receiveFd, sendFd } from "../../linux/socket.ts";
import { thisArch } from "../../linux/syscall_numbers.ts";
import { launch, type Launched } from "../../sandbox/launch.ts";
import { CONTROL } from "../../sandbox/layout.ts";
import { Flow, Program } from "../../sandbox/program.ts";
import { FatalError } from "../core/fatal.ts";
import type { Loop } from "../core/loop.ts";

/** Bytes of randomness that a client sends. */
const SEED_BYTES = 32;

/** The message to the guard: the seed, then a struct timespec. Its answer: three results of 64 bits. */
const MESSAGE_BYTES = SEED_BYTES + 16;
const ANSWER_BYTES = 24;

/** Where the guard keeps /dev/urandom. */
const URANDOM = 9;

/** The program the guard runs, again and again. Only "again" fails, so that it begins anew. */
export function refreshProgram(program: Program): void {
  const urandom = new Flow();
  // struct rand_pool_info (random(4)): bits to be credited, bytes, and the bytes, which the message fills in.
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

/** Starts the guard. Needs root to be of use, and /dev mounted. */
export function startRefreshGuard(): Launched {
  const guard = launch(thisArch);
  const program = new Program(thisArch);
  refreshProgram(program);
  const message = program.encode();
  const sent = sendFd(guard.control, message);
  if (sent !== message.length) throw new SysError("send", -sent, "start the refresh guard");
  return guard;
}

/** What could not be done, as a step and an errno's name. */
export interface RefreshFailure {
  step: "set the clock" | "add the seed" | "reseed";
  errno: string;
}

/** The agent's side: asks the guard, in order, and tells what came of it. */
export class Refresh {
  readonly #waiting: ((failure: RefreshFailure | undefined) => void)[] = [];
  readonly #answer = new Uint8Array(ANSWER_BYTES);

  constructor(loop: Loop, readonly control: number) {
    loop.watch(control, () => this.#read());
  }

  /**
   * Sets the clock and adds the seed.
   *
   * @param timeMs Milliseconds since 1970.
   * @param seed 32 bytes as hexadecimal digits.
   */
  ask(
    timeMs: number,
    seed: string,
    done: (failure: RefreshFailure | undefined) => void,
  ): void {
    const message = new Uint8Array(MESSAGE_BYTES);
    message.set(Uint8Array.fromHex(seed));
    const view = new DataView(message.buffer, SEED_BYTES);
    view.setBigInt64(0, BigInt(Math.floor(timeMs / 1000)), true);
    view.setBigInt64(8, BigInt((timeMs % 1000) * 1_000_000), true);
    if (sendFd(this.control, message) !== MESSAGE_BYTES) throw gone();
    this.#waiting.push(done);
  }

  #read(): void {
    for (;;) {
      const count = receiveFd(this.control, this.#answer, ANSWER_BYTES, MSG_DONTWAIT);
      if (count === -E.EAGAIN) return;
      if (count === -E.EINTR) continue;
      const done = this.#waiting.shift();
      if (count !== ANSWER_BYTES || done === undefined) throw gone();
      done(readAnswer(this.#answer));
    }
  }
}

function readAnswer(answer: Uint8Array<ArrayBuffer>): RefreshFailure | undefined {
  const steps = ["set the clock", "add the seed", "reseed"] as const;
  const results = new BigInt64Array(answer.buffer);
  const failed = results.findIndex((result) => result < 0n);
  if (failed < 0) return undefined;
  return { step: steps[failed], errno: errnoName(-Number(results[failed])) };
}

const gone = () => new FatalError("Cannot refresh the guest: the guard is gone");
