// One sandbox as the agent holds it: the sockets of its keeper and its runner, and what joins it to the
// next job: the streams, the job's own socket, and, once that is forked, its pid and its listener.
//
// It sends programs and turns reports into calls of its owner. It never waits: whoever owns it watches
// the descriptors and calls `read...` when they are readable. Closing its sockets is its end: all
// launchers read end of file and exit, and the kernel kills everything that lived in it.

import { MSG_DONTWAIT, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP } from "../linux/constants.ts";
import { E } from "../linux/errno.ts";
import { closeFd } from "../linux/fd.ts";
import type { MessageReceiver } from "../linux/message.ts";
import { setNotificationFlags } from "../linux/seccomp.ts";
import { sendFd } from "../linux/socket.ts";
import { CgroupLeaf } from "./cgroup_leaf.ts";
import { type JobEnd, readEnd, readReaped, type Usage } from "./job_end.ts";
import { REPORT } from "./layout.ts";
import type { Program } from "./program.ts";
import { type Failure, readFailure } from "./report.ts";

/** What a sandbox tells whoever made it. */
export interface SandboxOwner {
  /** The keeper has handed over the runner's socket: watch it. */
  onRunner(sandbox: Sandbox): void;
  /** The armed job has failed, or gone, though nobody let it go: the sandbox is to be renewed. */
  onDisarmed(sandbox: Sandbox): void;
  /** The number of a new cgroup for the next run, the last one's being given up; undefined: there are none. */
  nextLeaf(sandbox: Sandbox): number | undefined;
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

/** The agent's ends of a job's streams. -1 when closed. */
export interface Streams {
  stdout: number;
  stderr: number;
  stdin: number;
}

/** Takes one of the keeper's answers; true when there is no more to come for its question. */
export type Answer = (message: DataView, fds: readonly number[]) => boolean;

/**
 * Where the next job is: not forked; forked, and confined by a profile ("armed"); let go of, until new
 * streams are there; started, and perhaps over.
 */
type JobState = "none" | "armed" | "leaving" | "started";

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
  /** The cgroup of the next run, or of the one under way or just over; undefined where there are none. */
  leaf: CgroupLeaf | undefined;
  /** The job's pid inside the sandbox, or 0 before it is known. */
  pid = 0;
  /** The listener of the job's filter, or -1; whoever takes it closes it. */
  listener = -1;
  /** The profile that the armed job is confined by; undefined: no job is armed. */
  armedFor: string | undefined;
  /** Whether one may be armed ahead: not any more where one has failed or gone by itself. */
  armable = true;
  /** Whether one of its launchers has gone: nothing can run in it any more. */
  gone = false;
  #job = -1;
  #jobState: JobState = "none";
  #closed = false;
  #program: Program;
  #start: Program | undefined;
  readonly #answers: Answer[] = [];

  /**
   * @param keeper The keeper's socket.
   * @param pidfd Readable when all processes of the sandbox have gone.
   * @param keeperPid The keeper's pid as the zygote sees it.
   * @param made The program that made it: names a step that failed.
   * @param leafNumber Number of the cgroup that its runner makes; 0 where it makes none.
   */
  constructor(
    readonly keeper: number,
    readonly pidfd: number,
    readonly keeperPid: number,
    made: Program,
    readonly receiver: MessageReceiver,
    readonly owner: SandboxOwner,
    public user: SandboxUser,
    public leafNumber = 0,
  ) {
    this.#program = made;
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Has the job forked and confined; it waits for `start`. */
  arm(program: Program, profile: string): void {
    this.armedFor = profile;
    this.#jobState = "armed";
    this.run(program);
  }

  /** Starts the armed job. False when it has gone: the sandbox will be ready again, without one. */
  start(program: Program): boolean {
    this.#start = program;
    if (sendFd(this.#job, program.encode()) < 0) return false;
    this.#jobState = "started";
    this.used = true;
    this.ready = false;
    return true;
  }

  /**
   * Makes the streams of another job: the sandbox is ready again when they are there. A job that is armed
   * is let go of: it exits at the end of its socket, before the runner reads `streams`.
   */
  renew(streams: Program): void {
    this.#jobState = "leaving";
    this.#closeJob();
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
        this.owner.onRunner(this);
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
          [this.streams.stdout, this.streams.stderr, this.streams.stdin, this.#job] = fds;
          if (fds.length > 4) this.leaf = new CgroupLeaf(this.leafNumber, fds.slice(4));
          this.#jobState = "none";
          this.ready = true;
          return this.user.onReady(this);
        case REPORT.started:
          this.pid = message.getInt32(8, true);
          if (this.#jobState === "started") this.user.onStarted(this);
          return;
        case REPORT.listener:
          if (this.#jobState === "leaving") return void closeFd(fds[0]);
          this.listener = fds[0];
          // Wakes the agent on the job's processor, since the job waits for it (Linux 6.6; before: EINVAL).
          setNotificationFlags(this.listener, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
          if (this.#jobState === "started") this.user.onListener(this);
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

  /** Closes one stream. */
  closeStream(name: keyof Streams): void {
    if (this.streams[name] >= 0) closeFd(this.streams[name]);
    this.streams[name] = -1;
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
    this.ready = false;
    this.#closeJob();
    this.closeLeaf();
    if (this.runner >= 0) closeFd(this.runner);
    closeFd(this.keeper);
  }

  #ended(end: JobEnd): void {
    if (this.#jobState === "started") return this.user.onEnded(this, end);
    this.usageBefore = end.usage; // what a job used that was only armed is no run's
    if (this.#jobState === "armed") this.owner.onDisarmed(this);
  }

  #closeJob(): void {
    this.ready = false;
    this.armedFor = undefined;
    this.pid = 0;
    if (this.#job >= 0) closeFd(this.#job);
    this.#job = -1;
    if (this.listener >= 0) closeFd(this.listener);
    this.listener = -1;
    for (const name of ["stdout", "stderr", "stdin"] as const) this.closeStream(name);
  }

  #fail(failure: Failure): void {
    // What fails ahead of a run fails again in the run, and is that one's result.
    if (this.#jobState === "armed") this.owner.onDisarmed(this);
    else if (this.#jobState !== "leaving") this.user.onFailed(this, failure);
  }

  #read(fd: number, take: (message: DataView, fds: readonly number[]) => void): void {
    while (!this.#closed) {
      const received = this.receiver.receive(fd, MSG_DONTWAIT);
      if (received === -E.EAGAIN) return;
      if (received === -E.EINTR) continue;
      if (received <= 0) {
        this.gone = true;
        return this.user.onGone(this);
      }
      const { bytes, fds } = this.receiver;
      const message = new DataView(bytes.buffer, bytes.byteOffset, received);
      const failure = this.#start === undefined
        ? readFailure(message, this.#program)
        : readFailure(message, this.#program, this.#start);
      if (failure === undefined) take(message, fds);
      else this.#fail(failure);
    }
  }
}
