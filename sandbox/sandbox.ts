// One sandbox as the agent holds it: the sockets of its keeper and its runner, and the slot of its
// next job.
//
// It sends programs and turns reports into calls of its owner. It never waits: whoever owns it
// watches the descriptors and calls `read...` when they are readable. Closing its sockets is its
// end: all launchers read end of file and exit, and the kernel kills everything that lived in it.

import { MSG_DONTWAIT } from "../linux/constants.ts";
import { E } from "../linux/errno.ts";
import { closeFd } from "../linux/fd.ts";
import type { MessageReceiver } from "../linux/message.ts";
import { sendFd } from "../linux/socket.ts";
import { CgroupLeaf } from "./cgroup_leaf.ts";
import { type JobEnd, readEnd, readReaped, type Usage } from "./job_end.ts";
import { JobSlot } from "./job_slot.ts";
import { REPORT } from "./layout.ts";
import type { Program } from "./program.ts";
import { type Failure, readFailure } from "./report.ts";

/** What a sandbox tells whoever made it. */
export interface SandboxOwner {
  /** The keeper has handed over the runner's socket: watch it. */
  onRunner(sandbox: Sandbox): void;
  /** The armed job has failed, or gone, though nobody let it go: the sandbox is to be renewed. */
  onDisarmed(sandbox: Sandbox): void;
}

/** What a sandbox tells whoever uses it. */
export interface SandboxUser {
  /** The streams are there: a run can begin. */
  onReady(sandbox: Sandbox): void;
  /** The job is forked: `pid` is set. */
  onStarted(sandbox: Sandbox): void;
  /** The job is confined: its `listener` is here. */
  onListener(sandbox: Sandbox): void;
  onFailed(sandbox: Sandbox, failure: Failure): void;
  onEnded(sandbox: Sandbox, end: JobEnd): void;
  onReaped(sandbox: Sandbox, left: boolean, usage: Usage): void;
  /** One of the launchers has gone, though nobody closed its socket. */
  onGone(sandbox: Sandbox): void;
}

/** Takes one of the keeper's answers; true when there is no more to come for its question. */
export type Answer = (message: DataView, fds: readonly number[]) => boolean;

/** What a sandbox is made of. */
export interface SandboxParts {
  /** The keeper's socket. */
  readonly keeper: number;
  /** Readable when all processes of the sandbox have gone. */
  readonly pidfd: number;
  /** The keeper's pid as the zygote sees it. */
  readonly keeperPid: number;
  /** The program that made it: names a step that failed. */
  readonly made: Program;
  readonly receiver: MessageReceiver;
  readonly owner: SandboxOwner;
  /** Its user until somebody takes it. */
  readonly user: SandboxUser;
  /** Number of the cgroup that its runner makes; 0 where it makes none. */
  readonly leafNumber?: number;
}

/** A sandbox, from the zygote's report to its end. */
export class Sandbox {
  /** The runner's socket, or -1 before the keeper has reported it. */
  runner = -1;
  readonly keeper: number;
  readonly keeperPid: number;
  /** Readable when all its processes have gone; `close` leaves it open. */
  readonly pidfd: number;
  /** Where the next job is. */
  readonly job = new JobSlot();
  /** Whom its reports go to. */
  user: SandboxUser;
  /** Number of the cgroup that its runner makes, or has made; 0 where it makes none. */
  leafNumber: number;
  /** Whether a job has run in it. */
  used = false;
  /** What earlier runs in it used. */
  usageBefore: Usage = { cpuUserMs: 0, cpuSystemMs: 0, maxRssBytes: 0 };
  /**
   * The cgroup of the next run, or of the one under way or just over; undefined where there are
   * none.
   */
  leaf: CgroupLeaf | undefined;
  /** Whether one may be armed ahead: not any more where one has failed or gone by itself. */
  armable = true;
  /** Whether one of its launchers has gone: nothing can run in it any more. */
  gone = false;
  #closed = false;
  #program: Program;
  #start: Program | undefined;
  readonly #receiver: MessageReceiver;
  readonly #owner: SandboxOwner;
  readonly #answers: Answer[] = [];

  constructor(parts: SandboxParts) {
    this.keeper = parts.keeper;
    this.keeperPid = parts.keeperPid;
    this.pidfd = parts.pidfd;
    this.#program = parts.made;
    this.#receiver = parts.receiver;
    this.#owner = parts.owner;
    this.user = parts.user;
    this.leafNumber = parts.leafNumber ?? 0;
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Has the job forked and confined; it waits for `start`. */
  arm(program: Program, profile: string): void {
    this.job.arm(profile);
    this.run(program);
  }

  /** Starts the armed job. False when it has gone: the sandbox will be ready again, without one. */
  start(program: Program): boolean {
    this.#start = program;
    if (!this.job.start(program)) return false;
    this.used = true;
    return true;
  }

  /**
   * Makes the streams of another job: the sandbox is ready again when they are there. A job that is
   * armed is let go of: it exits at the end of its socket, before the runner reads `streams`.
   */
  renew(streams: Program): void {
    this.job.leave();
    this.run(streams);
  }

  /** Sends a program to the runner. */
  run(program: Program): void {
    this.#program = program;
    if (sendFd(this.runner, program.encode()) < 0) this.user.onGone(this);
  }

  /** Sends a program to the keeper; its reports go to `answer`, in order of the questions. */
  ask(program: Program, answer?: Answer): void {
    if (answer !== undefined) this.#answers.push(answer);
    if (sendFd(this.keeper, program.encode()) < 0) this.user.onGone(this);
  }

  /** Reads all reports of the keeper. */
  readKeeper(): void {
    this.#read(this.keeper, (message, fds) => {
      if (message.getUint32(0, true) === REPORT.made) {
        this.runner = fds[0];
        this.#owner.onRunner(this);
        return;
      }
      const answer = this.#answers[0];
      if (answer === undefined) fds.forEach(closeFd);
      else if (answer(message, fds)) this.#answers.shift();
    });
  }

  /** Reads all reports of the runner and of the job. */
  readRunner(): void {
    this.#read(this.runner, (message, fds) => {
      switch (message.getUint32(0, true)) {
        case REPORT.streams:
          this.job.fill(fds);
          if (fds.length > 4) this.leaf = new CgroupLeaf(this.leafNumber, fds.slice(4));
          return this.user.onReady(this);
        case REPORT.started:
          this.job.pid = message.getInt32(8, true);
          if (this.job.state === "started") this.user.onStarted(this);
          return;
        case REPORT.listener:
          if (this.job.takeListener(fds[0]) && this.job.state === "started") {
            this.user.onListener(this);
          }
          return;
        case REPORT.ended:
          return this.#ended(readEnd(message));
        case REPORT.reaped: {
          const { left, usage } = readReaped(message);
          return this.user.onReaped(this, left, usage);
        }
        default:
          fds.forEach(closeFd);
      }
    });
  }

  /** Closes what is held of the last run's cgroup. */
  closeLeaf(): void {
    this.leaf?.close();
    this.leaf = undefined;
  }

  /** Ends the sandbox. Its pidfd stays open: it tells when everything has gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.job.empty();
    this.closeLeaf();
    if (this.runner >= 0) closeFd(this.runner);
    closeFd(this.keeper);
  }

  #ended(end: JobEnd): void {
    if (this.job.state === "started") return this.user.onEnded(this, end);
    this.usageBefore = end.usage; // what a job used that was only armed is no run's
    if (this.job.state === "armed") this.#owner.onDisarmed(this);
  }

  #fail(failure: Failure): void {
    // What fails ahead of a run fails again in the run, and is that one's result.
    if (this.job.state === "armed") this.#owner.onDisarmed(this);
    else if (this.job.state !== "leaving") this.user.onFailed(this, failure);
  }

  #read(fd: number, take: (message: DataView, fds: readonly number[]) => void): void {
    while (!this.#closed) {
      const received = this.#receiver.receive(fd, MSG_DONTWAIT);
      if (received === -E.EAGAIN) return;
      if (received === -E.EINTR) continue;
      if (received <= 0) {
        this.gone = true;
        return this.user.onGone(this);
      }
      const { bytes, fds } = this.#receiver;
      const message = new DataView(bytes.buffer, bytes.byteOffset, received);
      const failure = this.#start === undefined
        ? readFailure(message, this.#program)
        : readFailure(message, this.#program, this.#start);
      if (failure === undefined) take(message, fds);
      else this.#fail(failure);
    }
  }
}
