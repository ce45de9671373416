// The agent's end of the zygote's socket: programs out, reports in.

import { MSG_DONTWAIT } from "../../linux/constants.ts";
import { E } from "../../linux/errno.ts";
import { MessageReceiver } from "../../linux/message.ts";
import { sendFd } from "../../linux/socket.ts";
import { REPORT } from "../../sandbox/layout.ts";
import type { Program } from "../../sandbox/program.ts";
import { readFailure } from "../../sandbox/report.ts";
import { StepError } from "../../sandbox/zygote.ts";
import { FatalError } from "../core/fatal.ts";
import type { Loop } from "../core/loop.ts";

/** Bytes of the largest report. */
const REPORT_SIZE = 0x10000;

/** What the zygote reports, and to whom. */
export interface ZygoteReports {
  /** A sandbox is made: its keeper's pid and socket, and the pidfd that tells its end. */
  onSandbox(made: { keeperPid: number; keeper: number; pidfd: number }): void;
  /** A cgroup was removed, or was not: 0 or a negative errno. */
  onLeafRemoved(number: number, result: number): void;
}

/** Sends to the zygote, and hears it whenever the loop turns. */
export class ZygoteMailbox {
  /** Also reads what sandboxes report: it is empty between two of them. */
  readonly receiver = new MessageReceiver(REPORT_SIZE);

  /** @param control The zygote's socket. */
  constructor(readonly loop: Loop, readonly control: number) {}

  /**
   * Begins to hear.
   *
   * @param make The program that makes sandboxes: names a step that failed.
   */
  open(make: Program, reports: ZygoteReports): void {
    this.loop.watch(this.control, () => this.#read(make, reports));
  }

  /**
   * Sends a program. `aim`, as in "make a sandbox", is what cannot be done where the zygote has
   * gone.
   */
  send(program: Program, aim: string): void {
    if (sendFd(this.control, program.encode()) < 0) {
      throw new FatalError(`Cannot ${aim}: the zygote is gone`);
    }
  }

  #read(make: Program, reports: ZygoteReports): void {
    for (;;) {
      const received = this.receiver.receive(this.control, MSG_DONTWAIT);
      if (received === -E.EAGAIN) return;
      if (received === -E.EINTR) continue;
      if (received <= 0) throw new FatalError("Cannot make sandboxes: the zygote has gone");
      const { bytes, fds: [keeper, pidfd] } = this.receiver;
      const message = new DataView(bytes.buffer, bytes.byteOffset, received);
      const failure = readFailure(message, make);
      if (failure !== undefined) throw new StepError(failure);
      switch (message.getUint32(0, true)) {
        case REPORT.sandbox:
          reports.onSandbox({ keeperPid: message.getInt32(8, true), keeper, pidfd });
          break;
        case REPORT.removed: {
          const [number, result] = [message.getBigInt64(8, true), message.getBigInt64(16, true)];
          reports.onLeafRemoved(Number(number), Number(result));
        }
      }
    }
  }
}
