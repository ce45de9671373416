// One sandbox as the agent holds it: the sockets of its keeper and its runner, and the job's streams.
//
// It sends programs and turns reports into calls of its owner. It never waits: whoever owns it watches
// the descriptors and calls `read...` when they are readable. Closing its sockets is its end: both
// launchers read end of file and exit, and the kernel kills everything that lived in it.

import { MSG_DONTWAIT } from "../linux/constants.ts";
import { E } from "../linux/errno.ts";
import { closeFd } from "../linux/fd.ts";
import type { MessageReceiver } from "../linux/message.ts";
import { sendFd } from "../linux/socket.ts";
import { type JobEnd, readEnd, readReaped, type Usage } from "./job_end.ts";
import { REPORT } from "./layout.ts";
import type { Program } from "./program.ts";
import { type Failure, readFailure } from "./report.ts";

/** What a sandbox tells whoever made it. */
export interface SandboxOwner {
  /** The keeper has handed over the runner's socket: watch it. */
  onRunner(sandbox: Sandbox): void;
}

/** What a sandbox tells whoever uses it. */
export interface SandboxUser {
  /** The streams are there: a run can begin. */
  onReady(sandbox: Sandbox): void;
  onStarted(sandbox: Sandbox, pid: number): void;
  onListener(sandbox: Sandbox, listener: number): void;
  onFailed(sandbox: Sandbox, failure: Failure): void;
  onEnded(sandbox: Sandbox, end: JobEnd): void;
  onReaped(sandbox: Sandbox, left: boolean, usage: Usage): void;
  /** One of the launchers has gone, though nobody closed its socket. */
  onGone(sandbox: Sandbox): void;
}

/** The agent's ends of a job's streams. -1 when closed. */
export interface Streams {
  stdout: number;
  stderr: number;
  stdin: number;
}

/** Takes one of the keeper's answers; true when there is no more to come for its question. */
export type Answer = (message: DataView, fds: readonly number[]) => boolean;

/** A sandbox, from the zygote's report to its end. */
export class Sandbox {
  /** The runner's socket, or -1 before the keeper has reported it. */
  runner = -1;
  readonly streams: Streams = { stdout: -1, stderr: -1, stdin: -1 };
  /** Whether a run can begin. */
  ready = false;
  /** Whether a job has run in it. */
  used = false;
  /** What earlier runs in it used. */
  usageBefore: Usage = { cpuUserMs: 0, cpuSystemMs: 0, maxRssBytes: 0 };
  #closed = false;
  #program: Program;
  readonly #answers: Answer[] = [];

  /**
   * @param keeper The keeper's socket.
   * @param pidfd Readable when all processes of the sandbox have gone.
   * @param pid The keeper's pid as the zygote sees it.
   * @param made The program that made it: names a step that failed.
   */
  constructor(
    readonly keeper: number,
    readonly pidfd: number,
    readonly pid: number,
    made: Program,
    readonly receiver: MessageReceiver,
    readonly owner: SandboxOwner,
    public user: SandboxUser,
  ) {
    this.#program = made;
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Sends a program to the runner. */
  run(program: Program): void {
    this.#program = program;
    this.ready = false;
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
        this.owner.onRunner(this);
        return;
      }
      const answer = this.#answers[0];
      if (answer === undefined) fds.forEach(closeFd);
      else if (answer(message, fds)) this.#answers.shift();
    });
  }

  /** Reads all reports of the runner. */
  readRunner(): void {
    this.#read(this.runner, (message, fds) => {
      switch (message.getUint32(0, true)) {
        case REPORT.streams:
          [this.streams.stdout, this.streams.stderr, this.streams.stdin] = fds;
          this.ready = true;
          return this.user.onReady(this);
        case REPORT.started:
          return this.user.onStarted(this, message.getInt32(8, true));
        case REPORT.listener:
          return this.user.onListener(this, fds[0]);
        case REPORT.ended:
          return this.user.onEnded(this, readEnd(message));
        case REPORT.reaped: {
          const { left, usage } = readReaped(message);
          return this.user.onReaped(this, left, usage);
        }
        default:
          fds.forEach(closeFd);
      }
    });
  }

  /** Closes one stream. */
  closeStream(name: keyof Streams): void {
    if (this.streams[name] >= 0) closeFd(this.streams[name]);
    this.streams[name] = -1;
  }

  /** Ends the sandbox. Its pidfd stays open: it tells when everything has gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.ready = false;
    this.closeStream("stdout");
    this.closeStream("stderr");
    this.closeStream("stdin");
    if (this.runner >= 0) closeFd(this.runner);
    closeFd(this.keeper);
  }

  #read(fd: number, take: (message: DataView, fds: readonly number[]) => void): void {
    while (!this.#closed) {
      const received = this.receiver.receive(fd, MSG_DONTWAIT);
      if (received === -E.EAGAIN) return;
      if (received === -E.EINTR) continue;
      if (received <= 0) return this.user.onGone(this);
      const { bytes, fds } = this.receiver;
      const message = new DataView(bytes.buffer, bytes.byteOffset, received);
      const failure = readFailure(message, this.#program);
      if (failure === undefined) take(message, fds);
      else this.user.onFailed(this, failure);
    }
  }
}
