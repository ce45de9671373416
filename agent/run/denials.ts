// Answers the syscalls that a job's filter did not allow, and counts them by name.
//
// The kernel holds the caller until it is answered, so an answer is given at once. With "exec once"
// the launcher's own execve is told as well: the first goes on, every later one is denied.

import { EPOLLIN } from "../../linux/constants.ts";
import { closeFd } from "../../linux/fd.ts";
import {
  newNotification,
  recvNotification,
  respondContinue,
  respondErrno,
} from "../../linux/seccomp.ts";
import { type Arch, syscallName, syscallNumbers } from "../../linux/syscall_numbers.ts";
import type { Profile } from "../../policy/compiled.ts";
import type { Loop } from "../core/loop.ts";

/** What the denials of a run tell it. */
export interface DenialsUser {
  /** The launcher's own execve goes on: the user's program begins. */
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
    readonly user: DenialsUser,
  ) {
    this.#execve = syscallNumbers[arch].execve;
  }

  /** Forgets what was counted. */
  clear(): void {
    this.#counts.clear();
    this.#execSeen = false;
    this.#total = 0;
    this.more = false;
  }

  /**
   * Answers what `listener` tells of a job under `profile`, until `close`; the descriptor is ours
   * now.
   */
  listen(listener: number, profile: Profile): void {
    this.#listener = listener;
    this.loop.watch(listener, (events) => {
      if ((events & EPOLLIN) === 0) this.close();
      else this.#answer(listener, profile);
    }, EPOLLIN);
  }

  /** Listens no more: calls that are still told fail with ENOSYS (seccomp_unotify(2)). */
  close(): void {
    if (this.#listener < 0) return;
    this.loop.unwatch(this.#listener);
    closeFd(this.#listener);
    this.#listener = -1;
  }

  #answer(listener: number, profile: Profile): void {
    const notification = this.#notification;
    if (recvNotification(listener, notification) < 0) return; // the caller has gone
    if (notification.nr === this.#execve && !this.#execSeen && profile.exec === "once") {
      this.#execSeen = true;
      respondContinue(listener, notification.id);
      return this.user.onExec();
    }
    const errno = profile.defaultAction.kind === "notify" ? profile.defaultAction.errno : 1;
    respondErrno(listener, notification.id, errno);
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

  /** The counts, as the result carries them: most frequent first. */
  list(): { syscall: string; count: number }[] {
    return [...this.#counts].sort((a, b) => b[1] - a[1])
      .map(([number, count]) => ({ syscall: syscallName(this.arch, number), count }));
  }
}
