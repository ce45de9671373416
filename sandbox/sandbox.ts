// The agent's object for one sandbox: the sockets of its keeper and runner, and the slot of its
// next job.
//
// It sends programs and turns reports into calls to its owner and its user. It never waits: the
// owner watches the descriptors and calls `read...` when they are readable. Closing the sockets
// ends the sandbox: all launchers read end of file and exit, and the kernel kills every process in
// it.

import { MSG_DONTWAIT, SIGKILL } from "../linux/constants.ts";
import { E, errnoName } from "../linux/errno.ts";
import { closeFd } from "../linux/fd.ts";
import type { MessageReceiver } from "../linux/message.ts";
import { sendFd } from "../linux/socket.ts";
import { CgroupLeaf } from "./cgroup_leaf.ts";
import { type JobEnd, readEnd, readReaped, type Usage } from "./job_end.ts";
import { isGone, JobSlot } from "./job_slot.ts";
import { signalProgram } from "./keeper_program.ts";
import { REPORT } from "./layout.ts";
import type { Program } from "./program.ts";
import { type Failure, isCutShort, readFailure } from "./report.ts";

/** The calls to whoever made the sandbox. */
export interface SandboxOwner {
  /** More is known of the armed job: its pid, or its listener. */
  onArmed(sandbox: Sandbox): void;
  /** The armed job has failed or ended without being released: the sandbox must be renewed. */
  onDisarmed(sandbox: Sandbox): void;
  /** Nothing comes from that socket any more: it need not be watched. */
  onSilent(fd: number): void;
}

/** The calls to whoever uses the sandbox. */
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
  /** One of the launchers has ended, though nobody closed its socket. */
  onGone(sandbox: Sandbox): void;
}

/** Takes one of the keeper's reports; true if it is the last one for its question. */
export type Answer = (message: DataView, fds: readonly number[]) => boolean;

/** What a sandbox is made of. */
export interface SandboxParts {
  /** The keeper's socket. */
  readonly keeper: number;
  /** The runner's socket. */
  readonly runner: number;
  /** Readable when all processes of the sandbox have ended. */
  readonly pidfd: number;
  /** The program that made it: gives the name of a failed step. */
  readonly made: Program;
  readonly receiver: MessageReceiver;
  readonly owner: SandboxOwner;
  /** Its user until somebody takes it. */
  readonly user: SandboxUser;
  /** The network namespace it is in. */
  readonly network: { readonly place: number; readonly isNew: boolean };
  /** Number of the cgroup that its runner makes; 0 where it makes none. */
  readonly leafNumber?: number;
}

/** A sandbox, from the zygote's report to its end. */
export class Sandbox {
  readonly keeper: number;
  readonly runner: number;
  /** Readable when all its processes have ended; `close` leaves it open. */
  readonly pidfd: number;
  /** The slot of its next job. */
  readonly job = new JobSlot();
  /** Who gets its reports. */
  user: SandboxUser;
  /** Number of the cgroup that its runner makes, or has made; 0 where it makes none. */
  leafNumber: number;
  readonly network: SandboxParts["network"];
  /** Whether a job in it could have reached the loopback interface. */
  networkSpent = false;
  /** Whether a job has run in it. */
  used = false;
  /** What earlier runs in it used. */
  usageBefore: Usage = { cpuUserMs: 0, cpuSystemMs: 0, maxRssBytes: 0 };
  /** The cgroup of the next, the present or the last run; undefined if there is none. */
  leaf: CgroupLeaf | undefined;
  /**
   * Whether a job may be armed ahead of a request: no longer once one has failed or ended by
   * itself.
   */
  armable = true;
  /**
   * Called when a question to the keeper will never be answered, before `user` is told. True: whoever
   * asked has dealt with it, and `user` need not know.
   */
  onLost: () => boolean = () => false;
  /** Whether one of its launchers has ended: then nothing can run in it any more. */
  gone = false;
  /** Why it counts as gone, where its launchers may still live. */
  why: Failure | undefined;
  #closed = false;
  #program: Program;
  #start: Program | undefined;
  readonly #receiver: MessageReceiver;
  readonly #owner: SandboxOwner;
  readonly #answers: Answer[] = [];
  /** Descriptors of an answer that is not whole yet: nobody else would close them. */
  #halfAnswered: number[] = [];

  constructor(parts: SandboxParts) {
    this.keeper = parts.keeper;
    this.runner = parts.runner;
    this.pidfd = parts.pidfd;
    this.#program = parts.made;
    this.#receiver = parts.receiver;
    this.#owner = parts.owner;
    this.user = parts.user;
    this.network = parts.network;
    this.leafNumber = parts.leafNumber ?? 0;
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Has the runner fork and confine the job, which then waits for `start`.
   *
   * @param reachesLoopback Whether the job may make internet sockets, or nothing forbids it.
   */
  arm(program: Program, profile: string, reachesLoopback = true): void {
    this.networkSpent ||= reachesLoopback;
    this.job.arm(profile);
    this.run(program);
  }

  /**
   * Starts the armed job.
   *
   * @returns "started"; "gone" if it has ended: the sandbox will be ready again, without a job; or why
   * the kernel did not take the program.
   */
  start(program: Program): "started" | "gone" | Failure {
    this.#start = program;
    const sent = this.job.start(program);
    if (isGone(sent)) return "gone";
    if (sent < 0) return { step: "send the job its program", errno: errnoName(sent) };
    this.used = true;
    return "started";
  }

  /** Has the armed job become an interpreter of `language` that waits: see `JobSlot.warm`. */
  warm(program: Program, language: string): number {
    this.#start = program;
    return this.job.warm(program, language);
  }

  /** The waiting interpreter has its request, and goes on. */
  begin(): void {
    this.job.begin();
    this.used = true;
  }

  /** Kills the waiting interpreter, which has not gone on. Its end is reported as that of a job. */
  giveUp(program: Program): void {
    this.begin();
    signalProgram(program, this.job.pid, SIGKILL);
    this.ask(program);
  }

  /**
   * Makes the streams of another job; the sandbox is ready again when they exist. An armed job is
   * released: it exits when its socket is closed, before the runner reads `streams`.
   */
  renew(streams: Program): void {
    this.job.leave();
    this.run(streams);
  }

  /** Sends a program to the runner. */
  run(program: Program): void {
    this.#program = program;
    // The number of a closed descriptor may be another's by now.
    if (!this.#closed && sendFd(this.runner, program.encode()) >= 0) return;
    this.gone = true; // nobody may be waiting now: whoever uses it next must know
    this.user.onGone(this);
  }

  /** Sends a program to the keeper. Its reports go to `answer`, in the order of the questions. */
  ask(program: Program, answer?: Answer): void {
    if (answer !== undefined) this.#answers.push(answer);
    if (this.#closed || sendFd(this.keeper, program.encode()) < 0) this.#lose();
  }

  /** Reads one report of the keeper. */
  readKeeper(): void {
    this.#read(this.keeper, (message, fds) => {
      const answer = this.#answers[0];
      if (answer === undefined) return fds.forEach(closeFd);
      if (!answer(message, fds)) return void this.#halfAnswered.push(...fds);
      this.#answers.shift();
      this.#halfAnswered = [];
    });
  }

  /** Reads one report of the runner or of the job. */
  readRunner(): void {
    this.#read(this.runner, (message, fds) => {
      switch (message.getUint32(0, true)) {
        case REPORT.streams:
          this.job.fill(fds);
          if (fds.length > 4) this.leaf = new CgroupLeaf(this.leafNumber, fds.slice(4));
          return this.user.onReady(this);
        case REPORT.started:
          this.job.takePid(message.getInt32(8, true));
          if (this.job.state === "started") this.user.onStarted(this);
          else this.#owner.onArmed(this);
          return;
        case REPORT.listener:
          this.job.takePid(message.getInt32(8, true));
          if (!this.job.takeListener(fds[0])) return;
          if (this.job.state === "started") {
            this.user.onStarted(this);
            this.user.onListener(this);
          } else this.#owner.onArmed(this);
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

  /** Closes the files of the last run's cgroup. */
  closeLeaf(): void {
    this.leaf?.close();
    this.leaf = undefined;
  }

  /** Ends the sandbox. Its pidfd stays open, to tell when all processes have ended. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.job.empty();
    this.closeLeaf();
    this.#halfAnswered.forEach(closeFd);
    closeFd(this.runner);
    closeFd(this.keeper);
  }

  #ended(end: JobEnd): void {
    if (this.job.state === "started") return this.user.onEnded(this, end);
    this.usageBefore = end.usage; // the usage of a job that was only armed belongs to no run
    if (this.job.state === "armed") this.#owner.onDisarmed(this);
  }

  #fail(failure: Failure): void {
    // A failure before a run is not reported: it will happen again in the run, as the run's result.
    if (this.job.state === "armed") this.#owner.onDisarmed(this);
    else if (this.job.state !== "leaving") this.user.onFailed(this, failure);
  }

  #read(fd: number, take: (message: DataView, fds: readonly number[]) => void): void {
    if (this.#closed) return;
    const received = this.#receiver.receive(fd, MSG_DONTWAIT);
    if (received === -E.EAGAIN || received === -E.EINTR) return;
    // The message has come without its descriptors: there was no room for them here.
    if (received === -E.ENFILE) this.why = { step: "take what the sandbox sent", errno: "ENFILE" };
    if (received <= 0) {
      this.#owner.onSilent(fd); // the end of it would be reported for ever
      return this.#lose();
    }
    const { bytes, fds } = this.#receiver;
    const message = new DataView(bytes.buffer, bytes.byteOffset, received);
    const failure = this.#failureIn(message, () => take(message, fds));
    // The keeper answers a question even where the runner, or the armed job, has failed.
    if (failure !== undefined && (fd === this.runner || !this.#isLost())) this.#fail(failure);
  }

  /** What a message says has failed; else it is a report, and is taken. */
  #failureIn(message: DataView, take: () => void): Failure | undefined {
    try {
      const failure = this.#start === undefined
        ? readFailure(message, this.#program)
        : readFailure(message, this.#program, this.#start);
      if (failure === undefined) take();
      return failure;
    } catch (error) {
      if (!isCutShort(error)) throw error;
      return { step: "read all of a report", errno: "EIO" };
    }
  }

  #lose(): void {
    this.gone = true;
    if (!this.#isLost()) this.user.onGone(this);
  }

  #isLost(): boolean {
    return this.#answers.length > 0 && this.onLost();
  }
}
