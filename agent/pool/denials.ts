// Answers the syscalls that a job's filter did not allow, and counts them by name.
//
// The kernel blocks the caller until there is an answer, so the agent answers at once. With "exec
// once" the filter also reports the launcher's own execve: the first one continues, every later one
// is denied.

import { EPOLLIN } from "../../linux/constants.ts";
import { E } from "../../linux/errno.ts";
import { closeFd } from "../../linux/fd.ts";
import {
  newNotification,
  notificationIsValid,
  recvNotification,
  respondContinue,
  respondErrno,
} from "../../linux/seccomp.ts";
import { type Arch, syscallName, syscallNumber } from "../../linux/syscall_numbers.ts";
import type { Profile } from "../../policy/compiled.ts";
import type { Loop } from "../core/loop.ts";

/** Receives the events of a run's denials. */
export interface DenialsUser {
  /** The launcher's own execve continues: the user's program begins. */
  onExec(): void;
  /** More calls were denied than are counted, under a profile that ends the job for that. */
  onTooManyDenied(): void;
}

/** The denied syscalls of one run. */
export class Denials {
  readonly #notification = newNotification();
  readonly #counts = new Map<number, number>();
  readonly #execve: number;
  #execSeen = false;
  #listener = -1;
  #total = 0;
  /** Whether more calls were denied than are counted. */
  more = false;

  /** @param limit Calls of one run that are counted. */
  constructor(
    readonly loop: Loop,
    readonly arch: Arch,
    readonly limit: number,
    public user: DenialsUser,
  ) {
    this.#execve = syscallNumber(arch, "execve");
  }

  /** Resets the counts. */
  clear(): void {
    this.#counts.clear();
    this.#execSeen = false;
    this.#total = 0;
    this.more = false;
  }

  /**
   * Answers the notifications of a job under `profile`, until `close`. Takes ownership of
   * `listener`.
   */
  listen(listener: number, profile: Profile): void {
    this.#listener = listener;
    this.loop.watch(listener, (events) => {
      // The job has ended: nothing will be heard here. `close` can wait until its result is sent.
      if ((events & EPOLLIN) === 0) this.loop.unwatch(listener);
      else this.#answer(listener, profile);
    }, EPOLLIN);
  }

  /** Stops answering: calls that are still reported fail with ENOSYS (seccomp_unotify(2)). */
  close(): void {
    if (this.#listener < 0) return;
    this.loop.forget(this.#listener);
    closeFd(this.#listener);
    this.#listener = -1;
  }

  #answer(listener: number, profile: Profile): void {
    const notification = this.#notification;
    const received = recvNotification(listener, notification);
    if (received === -E.ENOENT || received === -E.EINTR) return; // the caller is gone; it comes again
    if (received < 0) return this.close();
    if (notification.nr === this.#execve && !this.#execSeen && profile.exec === "once") {
      this.#execSeen = true;
      if (this.#answers(() => respondContinue(listener, notification.id))) this.user.onExec();
      return;
    }
    const errno = profile.defaultAction.kind === "notify" ? profile.defaultAction.errno : 1;
    if (!this.#answers(() => respondErrno(listener, notification.id, errno))) return;
    if (this.#total === this.limit) {
      this.more = true;
      // A job may be refused as often as it likes, but each notification costs the agent a turn.
      this.close();
      if (profile.manyDenied === "end") this.user.onTooManyDenied();
      return;
    }
    this.#total++;
    this.#counts.set(notification.nr, (this.#counts.get(notification.nr) ?? 0) + 1);
  }

  /**
   * Answers a call. Where its caller is gone nobody waits. Whatever else is wrong, the caller would
   * wait for ever: so nothing is answered any more, and it gets ENOSYS. Returns false then.
   */
  #answers(respond: () => number): boolean {
    let sent = respond();
    while (sent === -E.EINTR) sent = respond();
    if (sent >= 0) return true;
    const gone = sent === -E.ENOENT &&
      !notificationIsValid(this.#listener, this.#notification.id);
    if (!gone) this.close();
    return gone;
  }

  /** The counts for the result, most frequent first. */
  list(): { syscall: string; count: number }[] {
    return [...this.#counts].sort((a, b) => b[1] - a[1])
      .map(([number, count]) => ({ syscall: syscallName(this.arch, number), count }));
  }
}
