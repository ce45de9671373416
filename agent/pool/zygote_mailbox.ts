// The agent's end of the zygote's socket: sends programs, receives reports.

import { EPOLLIN, MSG_DONTWAIT } from "../../linux/constants.ts";
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

/** The descriptors of a sandbox that was made. */
export interface MadeSandbox {
  readonly keeper: number;
  readonly runner: number;
  readonly pidfd: number;
  readonly sockets: number | undefined;
}

/** Receives the zygote's reports. */
export interface ZygoteReports {
  /**
   * A sandbox was made: its sockets, the pidfd that reports its end, and with a new network
   * namespace the count of its sockets.
   */
  onSandbox(made: MadeSandbox): void;
  /** The result of removing a cgroup: 0 or a negative errno. */
  onLeafRemoved(number: number, result: number): void;
}

/** Sends to the zygote, and reads its reports whenever the loop runs. */
export class ZygoteMailbox {
  /** Shared with the sandboxes for their reports: it is empty between two messages. */
  readonly receiver = new MessageReceiver(REPORT_SIZE);

  /** @param control The zygote's socket. */
  constructor(readonly loop: Loop, readonly control: number) {}

  /**
   * Starts reading reports.
   *
   * @param make The programs that make sandboxes; they give the name of a failed step.
   */
  open(make: readonly Program[], reports: ZygoteReports): void {
    this.loop.watch(this.control, () => this.#read(make, reports), EPOLLIN);
  }

  /** Sends a program. The error for a dead zygote names `aim`, for example "make a sandbox". */
  send(program: Program, aim: string): void {
    if (sendFd(this.control, program.encode()) < 0) {
      throw new FatalError(`Cannot ${aim}: the zygote is gone`);
    }
  }

  #read(make: readonly Program[], reports: ZygoteReports): void {
    const received = this.receiver.receive(this.control, MSG_DONTWAIT);
    if (received === -E.EAGAIN || received === -E.EINTR) return;
    if (received <= 0) throw new FatalError("Cannot make sandboxes: the zygote has gone");
    const { bytes, fds: [keeper, runner, pidfd, sockets] } = this.receiver;
    const message = new DataView(bytes.buffer, bytes.byteOffset, received);
    const failure = readFailure(message, ...make);
    if (failure !== undefined) throw new StepError(failure);
    switch (message.getUint32(0, true)) {
      case REPORT.sandbox:
        return reports.onSandbox({ keeper, runner, pidfd, sockets });
      case REPORT.removed: {
        const [number, result] = [message.getBigInt64(8, true), message.getBigInt64(16, true)];
        reports.onLeafRemoved(Number(number), Number(result));
      }
    }
  }
}
