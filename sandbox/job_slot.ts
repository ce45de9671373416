// The place of the next job in a sandbox: its streams, its own socket, and, once it is forked, its
// pid and listener.
//
// A slot is filled by the runner's reports and emptied when its job is let go of. It holds
// descriptors and closes them; it sends nothing itself but the program that starts an armed job.

import { SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP } from "../linux/constants.ts";
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
 * Where the next job is: not forked; forked, and confined by a profile ("armed"); let go of, until
 * new streams are there; started, and perhaps over.
 */
export type JobState = "none" | "armed" | "leaving" | "started";

/** One job's place, used by one job after another. */
export class JobSlot {
  readonly streams: Streams = { stdout: -1, stderr: -1, stdin: -1 };
  /** Whether the streams are there and no job has been started with them. */
  ready = false;
  /** The job's pid inside the sandbox, or 0 before it is known. */
  pid = 0;
  /** The listener of the job's filter, or -1; whoever takes it closes it. */
  listener = -1;
  /** The profile that the armed job is confined by; undefined: no job is armed. */
  armedFor: string | undefined;
  state: JobState = "none";
  #socket = -1;

  /** Takes the streams of the next job, and its socket. */
  fill([stdout, stderr, stdin, socket]: readonly number[]): void {
    Object.assign(this.streams, { stdout, stderr, stdin });
    this.#socket = socket;
    this.state = "none";
    this.ready = true;
  }

  /** A job is being forked and confined. */
  arm(profile: string): void {
    this.armedFor = profile;
    this.state = "armed";
  }

  /**
   * Takes the listener of the job's filter; that of a job that was let go of is closed. False: it
   * was.
   */
  takeListener(listener: number): boolean {
    if (this.state === "leaving") {
      closeFd(listener);
      return false;
    }
    this.listener = listener;
    // Wakes the agent on the job's processor, since the job waits for it (Linux 6.6; before:
    // EINVAL).
    setNotificationFlags(listener, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
    return true;
  }

  /** Starts the armed job. False when it has gone. */
  start(program: Program): boolean {
    if (sendFd(this.#socket, program.encode()) < 0) return false;
    this.state = "started";
    this.ready = false;
    return true;
  }

  /** Lets go of the job: it exits at the end of its socket. */
  leave(): void {
    this.state = "leaving";
    this.empty();
  }

  /** Closes one stream. */
  closeStream(name: keyof Streams): void {
    if (this.streams[name] >= 0) closeFd(this.streams[name]);
    this.streams[name] = -1;
  }

  /** Closes all that is held of the job. */
  empty(): void {
    this.ready = false;
    this.armedFor = undefined;
    this.pid = 0;
    if (this.#socket >= 0) closeFd(this.#socket);
    this.#socket = -1;
    if (this.listener >= 0) closeFd(this.listener);
    this.listener = -1;
    for (const name of ["stdout", "stderr", "stdin"] as const) this.closeStream(name);
  }
}
