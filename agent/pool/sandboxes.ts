// The pool of sandboxes: one is always made before the request that will use it.
//
// It watches the sockets of every sandbox, and makes sure that a dropped one is really gone: if its
// processes survive, the agent ends.

import { closeFd } from "../../linux/fd.ts";
import { type LeafLimits, usualLimits } from "../../sandbox/cgroup_leaf.ts";
import { leafName } from "../../sandbox/cgroup_program.ts";
import type { Platform } from "../../sandbox/layout.ts";
import { Program } from "../../sandbox/program.ts";
import { Sandbox, type SandboxOwner } from "../../sandbox/sandbox.ts";
import { forgetProgram, sandboxProgram } from "../../sandbox/sandbox_program.ts";
import { FatalError } from "../core/fatal.ts";
import type { Loop } from "../core/loop.ts";
import type { Arming } from "./arming.ts";
import { IdleUser } from "./idle_user.ts";
import type { JobCgroups } from "./job_cgroups.ts";
import type { ZygoteMailbox, ZygoteReports } from "./zygote_mailbox.ts";

/** How long an unneeded sandbox is kept, so that ending it does not delay the start of a run. */
const LATER_MS = 50;
/** How long the kernel may take to end a dropped sandbox. */
const CLEAR_MS = 10_000;

/** The parts the pool uses. */
export interface PoolParts {
  readonly loop: Loop;
  readonly zygote: ZygoteMailbox;
  readonly platform: Platform;
  readonly arming: Arming;
  readonly cgroups: JobCgroups;
}

/** Makes sandboxes ahead of time, hands them out, and ends them. */
export class Sandboxes implements SandboxOwner, ZygoteReports {
  readonly #loop: Loop;
  readonly #zygote: ZygoteMailbox;
  readonly #platform: Platform;
  readonly #arming: Arming;
  readonly #cgroups: JobCgroups;
  readonly #idleUser = new IdleUser(
    (sandbox) => this.#onReady(sandbox),
    (sandbox) => this.drop(sandbox),
  );
  readonly #make: Program;
  readonly #forget: Program;
  readonly #usual: LeafLimits;
  /** Where the name of the next sandbox's cgroup is in `#make`, and the number of that cgroup. */
  readonly #leafName: number;
  #leafNumber = 0;
  #prepared: Sandbox | undefined;
  #making = false;
  #renewed: (() => void)[] = [];
  #waiting: ((sandbox: Sandbox) => void)[] = [];
  #later: Sandbox[] = [];

  constructor({ loop, zygote, platform, arming, cgroups }: PoolParts) {
    this.#loop = loop;
    this.#zygote = zygote;
    this.#platform = platform;
    this.#arming = arming;
    this.#cgroups = cgroups;
    this.#make = new Program(platform.arch);
    this.#forget = new Program(platform.arch);
    this.#leafName = sandboxProgram(this.#make, platform);
    this.#usual = usualLimits(platform.limits);
    zygote.open(this.#make, this);
  }

  /** Whether a sandbox is ready for a run, and its job is armed if one will be. */
  get isReady(): boolean {
    const sandbox = this.#prepared;
    return sandbox !== undefined && sandbox.job.ready && this.#arming.isDone(sandbox);
  }

  /** Starts making a sandbox, or arms the next job in the prepared one. */
  prepare(): void {
    if (this.#prepared !== undefined) return this.#arming.prepare(this.#prepared);
    if (this.#making) return;
    this.#making = true;
    if (this.#platform.cgroup) {
      this.#leafNumber = this.#cgroups.next();
      this.#make.retext(this.#leafName, leafName(this.#leafNumber));
    }
    this.#zygote.send(this.#make, "make a sandbox");
  }

  /** Gives the prepared sandbox to `take`, now or once there is one. It may not be ready yet. */
  take(take: (sandbox: Sandbox) => void): void {
    const sandbox = this.#prepared;
    if (sandbox === undefined) {
      this.#waiting.push(take);
      this.prepare();
      return;
    }
    this.#prepared = undefined;
    take(sandbox);
  }

  /**
   * Ends an unneeded sandbox a little later, or when the run that begins now is over, whichever is
   * first.
   */
  dropLater(sandbox: Sandbox): void {
    this.#later.push(sandbox);
    this.#loop.after(LATER_MS, () => this.#dropDue());
  }

  /** A run is over. */
  onRunOver(): void {
    this.#dropDue();
    this.#arming.onRunOver();
    this.prepare();
  }

  /** Ends a sandbox and everything in it. */
  drop(sandbox: Sandbox): void {
    if (sandbox.closed) return;
    this.#arming.forget(sandbox);
    this.#loop.unwatch(sandbox.keeper);
    if (sandbox.runner >= 0) this.#loop.unwatch(sandbox.runner);
    for (const stream of Object.values(sandbox.job.streams)) this.#loop.unwatch(stream);
    sandbox.close();
    if (this.#prepared === sandbox) this.#prepared = undefined;
    const patience = this.#loop.after(CLEAR_MS, () => {
      throw new FatalError(`Cannot clear a sandbox away: it still lives after ${CLEAR_MS} ms`);
    });
    this.#loop.watch(sandbox.pidfd, () => {
      this.#loop.cancel(patience);
      this.#loop.unwatch(sandbox.pidfd);
      closeFd(sandbox.pidfd);
      this.#forget.reset();
      forgetProgram(this.#forget, sandbox.keeperPid);
      this.#zygote.send(this.#forget, "clear a sandbox away");
      if (sandbox.leafNumber > 0) this.#cgroups.remove(sandbox.leafNumber);
    });
  }

  /** Drops the prepared sandbox, makes another, and calls `done` when that one is ready. */
  renew(done: () => void): void {
    if (this.#prepared !== undefined) this.drop(this.#prepared);
    this.#renewed.push(done);
    this.prepare();
  }

  onRunner(sandbox: Sandbox): void {
    this.#loop.watch(sandbox.runner, () => sandbox.readRunner());
  }

  onDisarmed(sandbox: Sandbox): void {
    sandbox.armable = false;
    this.#arming.letGo(sandbox);
  }

  onLeafRemoved(number: number, result: number): void {
    this.#cgroups.onRemoved(number, result);
  }

  onSandbox(
    { keeperPid, keeper, pidfd }: { keeperPid: number; keeper: number; pidfd: number },
  ): void {
    this.#making = false;
    const sandbox = new Sandbox({
      keeper,
      keeperPid,
      pidfd,
      made: this.#make,
      receiver: this.#zygote.receiver,
      owner: this,
      user: this.#idleUser,
      leafNumber: this.#leafNumber,
    });
    this.#loop.watch(keeper, () => sandbox.readKeeper());
    const take = this.#waiting.shift();
    if (take === undefined) this.#prepared = sandbox;
    else take(sandbox);
    if (this.#waiting.length > 0) this.prepare();
  }

  #onReady(sandbox: Sandbox): void {
    sandbox.leaf?.limit(this.#usual); // most runs need no other limits
    this.#arming.prepare(sandbox);
    if (sandbox !== this.#prepared) return;
    const renewed = this.#renewed;
    this.#renewed = [];
    for (const done of renewed) done();
  }

  #dropDue(): void {
    const due = this.#later;
    this.#later = [];
    for (const sandbox of due) this.drop(sandbox);
  }
}
