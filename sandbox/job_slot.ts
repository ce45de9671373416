// What a sandbox holds for its next job: its streams, its own socket, and, once it is forked, its
// pid and listener.
//
// The runner's reports fill a slot; it is emptied when its job is released. It owns descriptors and
// closes them. The only thing it sends is the program that starts an armed job.

import { SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP } from "../linux/constants.ts";
import { E } from "../linux/errno.ts";
import { closeFd } from "../linux/fd.ts";
import { setNotificationFlags } from "../linux/seccomp.ts";
import { sendFd } from "../linux/socket.ts";
import type { Program } from "./program.ts";

/** The agent's ends of a job's streams. -1 when closed. */
export interface Streams {
  stdout: number;
  stderr: number;
  stdin: number;
}

/**
 * State of the next job. "none": not forked. "armed": forked and confined by a profile. "leaving":
 * released, until new streams are there. "started": started, and perhaps over.
 */
export type JobState = "none" | "armed" | "leaving" | "started";

/** Whether a send failed because the job has ended. */
export function isGone(sent: number): boolean {
  return sent === -E.EPIPE || sent === -E.ECONNRESET;
}

/** The slot, used by one job after another. */
export class JobSlot {
  readonly streams: Streams = { stdout: -1, stderr: -1, stdin: -1 };
  /** Whether the streams are there and no job has been started with them. */
  ready = false;
  /** The job's pid inside the sandbox, or 0 before it is known. */
  pid = 0;
  /** The listener of the job's filter, or -1; whoever takes it closes it. */
  listener = -1;
  /** The profile that confines the armed job; undefined: no job is armed. */
  armedFor: string | undefined;
  state: JobState = "none";
  /** The language whose interpreter waits in the armed job; undefined: none does. */
  warmFor: string | undefined;
  #socket = -1;

  /** Takes over the streams and the socket of the next job. */
  fill([stdout, stderr, stdin, socket]: readonly number[]): void {
    Object.assign(this.streams, { stdout, stderr, stdin });
    this.#socket = socket;
    this.state = "none";
    this.ready = true;
  }

  /** Notes that a job is being forked and confined. */
  arm(profile: string): void {
    this.armedFor = profile;
    this.state = "armed";
  }

  /** Notes the pid of the job, unless it was released: then it is not the next one's. */
  takePid(pid: number): void {
    if (this.state !== "leaving") this.pid = pid;
  }

  /**
   * Takes over the listener of the job's filter. If the job was released, closes it and returns
   * false.
   */
  takeListener(listener: number): boolean {
    if (this.state === "leaving") {
      closeFd(listener);
      return false;
    }
    this.listener = listener;
    // Wakes the agent on the job's processor, because the job waits for it (Linux 6.6; EINVAL
    // before).
    setNotificationFlags(listener, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
    return true;
  }

  /** Starts the armed job. A negative errno if it did not get its program: see `isGone`. */
  start(program: Program): number {
    const sent = sendFd(this.#socket, program.encode());
    if (sent < 0) return sent;
    this.state = "started";
    this.ready = false;
    return 0;
  }

  /**
   * Has the armed job become an interpreter that waits for its request. A negative errno as of
   * `start`: the job still waits for a program then, or it has ended.
   */
  warm(program: Program, language: string): number {
    const sent = sendFd(this.#socket, program.encode());
    if (sent >= 0 || isGone(sent)) this.warmFor = language;
    return sent;
  }

  /** The socket on which the waiting interpreter answers, or -1. */
  get socket(): number {
    return this.#socket;
  }

  /** Sends the waiting interpreter the request's message. A negative errno as of `start`. */
  go(message: Uint8Array): number {
    return sendFd(this.#socket, message);
  }

  /** The interpreter has answered, and goes on. */
  begin(): void {
    this.state = "started";
    this.ready = false;
  }

  /** Releases the job: it exits when its socket is closed. */
  leave(): void {
    this.state = "leaving";
    this.empty();
  }

  /** Closes one stream. */
  closeStream(name: keyof Streams): void {
    if (this.streams[name] >= 0) closeFd(this.streams[name]);
    this.streams[name] = -1;
  }

  /** Closes everything held for the job. */
  empty(): void {
    this.ready = false;
    this.armedFor = undefined;
    this.warmFor = undefined;
    this.pid = 0;
    if (this.#socket >= 0) closeFd(this.#socket);
    this.#socket = -1;
    if (this.listener >= 0) closeFd(this.listener);
    this.listener = -1;
    for (const name of ["stdout", "stderr", "stdin"] as const) this.closeStream(name);
  }
}
