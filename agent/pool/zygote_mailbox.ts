// The agent's end of the zygote's socket: sends programs, receives reports.

import { EPOLLIN, MSG_DONTWAIT } from "../../linux/constants.ts";
import { E, errnoName } from "../../linux/errno.ts";
import { MessageReceiver } from "../../linux/message.ts";
import { mayPass } from "../../linux/passing_error.ts";
import { sendFd } from "../../linux/socket.ts";
import { REPORT } from "../../sandbox/layout.ts";
import type { Program } from "../../sandbox/program.ts";
import { failedProgram, type Failure, isCutShort, readFailure } from "../../sandbox/report.ts";
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
  /** The number that was asked for. */
  readonly number: number;
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
  /** The program that removes a cgroup has failed, or one that makes sandboxes: undefined. */
  onFailed(program: Program | undefined, failure: Failure): void;
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
   * @param remove The one that removes cgroups, with an id of its own.
   */
  open(make: readonly Program[], remove: Program, reports: ZygoteReports): void {
    this.loop.watch(this.control, () => this.#read(make, remove, reports), EPOLLIN);
  }

  /**
   * Sends a program. Returns why the kernel did not take it, where that may pass.
   *
   * @param aim What the program is for, for example "make a sandbox".
   * @throws FatalError where the zygote is gone.
   */
  send(program: Program, aim: string): Failure | undefined {
    const sent = sendFd(this.control, program.encode());
    if (sent >= 0) return undefined;
    const errno = errnoName(sent);
    if (!mayPass(errno)) throw new FatalError(`Cannot ${aim}: the zygote is gone (${errno})`);
    return { step: aim, errno };
  }

  #read(make: readonly Program[], remove: Program, reports: ZygoteReports): void {
    const received = this.receiver.receive(this.control, MSG_DONTWAIT);
    // The message has come without its descriptors: there was no room for them here.
    if (received === -E.ENFILE) {
      return reports.onFailed(undefined, { step: "take a sandbox", errno: "ENFILE" });
    }
    if (received < 0 && mayPass(errnoName(received))) return; // it will be reported again
    if (received <= 0) throw new FatalError("Cannot make sandboxes: the zygote has gone");
    const { bytes } = this.receiver;
    const message = new DataView(bytes.buffer, bytes.byteOffset, received);
    try {
      this.#take(message, make, remove, reports);
    } catch (error) {
      if (!isCutShort(error)) throw error;
      throw new FatalError("Cannot make sandboxes: a report of the zygote is cut short");
    }
  }

  #take(
    message: DataView,
    make: readonly Program[],
    remove: Program,
    reports: ZygoteReports,
  ): void {
    const { fds: [keeper, runner, pidfd, sockets] } = this.receiver;
    const failure = readFailure(message, ...make, remove);
    if (failure !== undefined) {
      return reports.onFailed(failedProgram(message) === remove.id ? remove : undefined, failure);
    }
    switch (message.getUint32(0, true)) {
      case REPORT.sandbox:
        return reports.onSandbox({
          ...{ keeper, runner, pidfd, sockets },
          number: Number(message.getBigInt64(8, true)),
        });
      case REPORT.removed: {
        const [number, result] = [message.getBigInt64(8, true), message.getBigInt64(16, true)];
        reports.onLeafRemoved(Number(number), Number(result));
      }
    }
  }
}
