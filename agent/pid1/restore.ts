// The agent's side of the restore guard: asks it to set the clock and reseed, and reports the
// outcome.

import { MSG_DONTWAIT } from "../../linux/constants.ts";
import { E, errnoName } from "../../linux/errno.ts";
import { receiveFd, sendFd } from "../../linux/socket.ts";
import { FatalError } from "../core/fatal.ts";
import type { Loop } from "../core/loop.ts";
import { ANSWER_BYTES, MESSAGE_BYTES, SEED_BYTES } from "./restore_guard.ts";

/** A step that failed, with the name of its errno. */
export interface RestoreFailure {
  step: "set the clock" | "add the seed" | "reseed";
  errno: string;
}

/** Sends requests to the guard, in order, and passes on its answers. */
export class Restore {
  readonly #waiting: ((failure: RestoreFailure | undefined) => void)[] = [];
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
    done: (failure: RestoreFailure | undefined) => void,
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

function readAnswer(answer: Uint8Array<ArrayBuffer>): RestoreFailure | undefined {
  const steps = ["set the clock", "add the seed", "reseed"] as const;
  const results = new BigInt64Array(answer.buffer);
  const failed = results.findIndex((result) => result < 0n);
  if (failed < 0) return undefined;
  return { step: steps[failed], errno: errnoName(-Number(results[failed])) };
}

const gone = () => new FatalError("Cannot restore the guest: the guard is gone");
