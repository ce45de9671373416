// The pool of sandboxes: some are always made before the requests that will use them.
//
// Right after a run only the first of them is armed; the others that are missing are made once
// nothing has run for a moment, so that they do not take time from a burst of requests.
//
// What fails while a sandbox is made ahead, is tried again for a while: retries.ts. Requests that need
// that very sandbox are told at once.
//
// It watches the sockets of every sandbox, and makes sure that a dropped one is really gone: if its
// processes survive, the agent ends.

import { EPOLLIN } from "../../linux/constants.ts";
import { closeFd } from "../../linux/fd.ts";
import { type LeafLimits, usualLimits } from "../../sandbox/cgroup_leaf.ts";
import { leafName } from "../../sandbox/cgroup_program.ts";
import type { Platform } from "../../sandbox/layout.ts";
import { letGoProgram } from "../../sandbox/network_program.ts";
import { Program } from "../../sandbox/program.ts";
import type { Failure } from "../../sandbox/report.ts";
import { Sandbox, type SandboxOwner } from "../../sandbox/sandbox.ts";
import { SANDBOX_ROWS, type SandboxPlaces, sandboxProgram } from "../../sandbox/sandbox_program.ts";
import { FatalError } from "../core/fatal.ts";
import { type Loop, now, type Timer } from "../core/loop.ts";
import type { Arming } from "./arming.ts";
import { IdleUser } from "./idle_user.ts";
import type { JobCgroups } from "./job_cgroups.ts";
import { type Network, Networks } from "./networks.ts";
import { PreparedCost, type SandboxCost } from "./prepared_cost.ts";
import { Retries } from "./retries.ts";
import type { MadeSandbox, ZygoteMailbox, ZygoteReports } from "./zygote_mailbox.ts";

/** How long an unneeded sandbox is kept, so that ending it does not delay the start of a run. */
const LATER_MS = 50;
/** How long nothing has run when more sandboxes than one are made. */
const REFILL_MS = 10;
/** How long the kernel may take to end a dropped sandbox. */
const CLEAR_MS = 10_000;

/** A request that waits for a sandbox. */
interface Waiting {
  readonly take: (sandbox: Sandbox) => void;
  readonly fail: (failure: Failure) => void;
}

/** The parts the pool uses. */
export interface PoolParts {
  readonly loop: Loop;
  readonly zygote: ZygoteMailbox;
  readonly platform: Platform;
  readonly arming: Arming;
  readonly cgroups: JobCgroups;
  /** How many are ready ahead of requests. */
  readonly prepared: number;
}

/** A program that makes sandboxes, and what of it changes each time. */
interface Making {
  readonly program: Program;
  readonly places: SandboxPlaces;
}

/** Ids of the programs, to tell failures of one from those of others that a launcher may have. */
const IDS = { new: 0, used: 4 };

function making(platform: Platform, network: "new" | "used"): Making {
  const program = new Program(platform.arch, IDS[network], SANDBOX_ROWS);
  return { program, places: sandboxProgram(program, platform, network) };
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
    (sandbox, failure, lived) => this.#onIdleFailed(sandbox, failure, lived),
  );
  readonly #retries: Retries;
  readonly #networks: Networks;
  /** Lets the zygote go of a network namespace. */
  readonly #leave: Program;
  /** Makes a sandbox with a new network namespace, or in one that is there. */
  readonly #withNew: Making;
  readonly #withUsed: Making;
  readonly #usual: LeafLimits;
  /** Those that are ready, or nearly so. The first one is the next to be used. */
  readonly #prepared: Sandbox[] = [];
  readonly #wanted: number;
  /** What the sandbox that is being made will have, and since when it is. */
  #making:
    | { program: Program; number: number; network: Network; leafNumber: number; since: number }
    | undefined;
  /** Counts what was asked for: a sandbox whose making has failed halfway must not pass for another. */
  #number = 0;
  readonly #cost: PreparedCost;
  #refill: Timer | undefined;
  #renewed: ((failure?: Failure) => void)[] = [];
  #waiting: Waiting[] = [];
  #later: Sandbox[] = [];

  constructor({ loop, zygote, platform, arming, cgroups, prepared }: PoolParts) {
    this.#loop = loop;
    this.#retries = new Retries(loop);
    this.#zygote = zygote;
    this.#platform = platform;
    this.#arming = arming;
    this.#cgroups = cgroups;
    this.#wanted = prepared;
    this.#withNew = making(platform, "new");
    this.#withUsed = making(platform, "used");
    this.#usual = usualLimits(platform.limits);
    this.#cost = new PreparedCost(platform.arch);
    this.#leave = new Program(platform.arch);
    // One more than are ready: the sandbox of a run that has ended gives its own to the next.
    this.#networks = new Networks(prepared + 1, (place) => this.#letGo(place));
    zygote.open([this.#withNew.program, this.#withUsed.program], cgroups.program, this);
  }

  /** Whether a sandbox is ready for a run, and its job is armed if one will be. */
  get isReady(): boolean {
    const [sandbox] = this.#prepared;
    return sandbox !== undefined && sandbox.job.ready && this.#arming.isDone(sandbox);
  }

  /** What a sandbox costs that is ready ahead; undefined before the first one was measured. */
  get cost(): SandboxCost | undefined {
    return this.#cost.known;
  }

  /** Arms the next job in the first prepared sandbox, and makes those that are missing. */
  prepare(): void {
    const [first] = this.#prepared;
    if (first !== undefined) this.#arming.prepare(first);
    this.#loop.cancel(this.#refill);
    if (this.#prepared.length >= this.#wanted) return;
    if (first === undefined) return this.#makeOne();
    this.#refill = this.#loop.after(REFILL_MS, () => {
      if (!this.#arming.running && this.#prepared.length < this.#wanted) this.#makeOne();
    });
  }

  #makeOne(): void {
    if (this.#making !== undefined || this.#retries.waiting) return;
    const network = this.#networks.next();
    if (network === undefined) return; // one will be given back
    const { program, places } = network.isNew ? this.#withNew : this.#withUsed;
    places.enter(network.place);
    const leafNumber = this.#platform.cgroup ? this.#cgroups.next() : 0;
    if (leafNumber > 0) program.retext(places.leaf, leafName(leafNumber));
    const number = ++this.#number;
    places.count(number);
    this.#making = { program, number, network, leafNumber, since: now() };
    const failure = this.#zygote.send(program, "make a sandbox");
    if (failure !== undefined) this.#onNotMade(failure);
  }

  /**
   * Gives the prepared sandbox to `take`, now or once there is one. It may not be ready yet. `fail` is
   * told instead where none could be made.
   */
  take(take: (sandbox: Sandbox) => void, fail: (failure: Failure) => void): void {
    const sandbox = this.#prepared.shift();
    if (sandbox !== undefined) {
      take(sandbox);
      return this.#renewNext();
    }
    this.#waiting.push({ take, fail });
    this.prepare();
  }

  /**
   * Ends an unneeded sandbox a little later, or when the run that begins now is over, whichever is
   * first.
   */
  dropLater(sandbox: Sandbox): void {
    this.#later.push(sandbox);
    this.#loop.after(LATER_MS, () => this.#dropDue());
  }

  /** A run is over; `broken`: its job did not begin and end. */
  onRunOver(broken: boolean): void {
    this.#dropDue();
    if (!broken) this.#retries.worked();
    this.#arming.onRunOver();
    this.prepare();
  }

  /** Ends a sandbox and everything in it. */
  drop(sandbox: Sandbox): void {
    if (sandbox.closed) return;
    this.#arming.forget(sandbox);
    this.#loop.forget(sandbox.keeper);
    this.#loop.forget(sandbox.runner);
    for (const stream of Object.values(sandbox.job.streams)) this.#loop.forget(stream);
    sandbox.close();
    const index = this.#prepared.indexOf(sandbox);
    if (index >= 0) this.#prepared.splice(index, 1);
    const patience = this.#loop.after(CLEAR_MS, () => {
      throw new FatalError(`Cannot clear a sandbox away: it still lives after ${CLEAR_MS} ms`);
    });
    this.#loop.watch(sandbox.pidfd, () => {
      this.#loop.cancel(patience);
      this.#loop.forget(sandbox.pidfd);
      closeFd(sandbox.pidfd);
      this.#networks.giveBack(sandbox.network, sandbox.networkSpent);
      if (this.#waiting.length > 0) this.prepare();
      if (sandbox.leafNumber > 0) this.#cgroups.remove(sandbox.leafNumber);
    });
  }

  /**
   * Drops all prepared sandboxes, makes others, and calls `done` when the first is ready, or with why
   * none could be made.
   */
  renew(done: (failure?: Failure) => void): void {
    for (const sandbox of [...this.#prepared]) this.drop(sandbox);
    this.#renewed.push(done);
    this.prepare();
  }

  onArmed(sandbox: Sandbox): void {
    this.#arming.onArmed(sandbox);
  }

  onDisarmed(sandbox: Sandbox): void {
    if (this.#arming.warming.onDied(sandbox) && this.#prepared.includes(sandbox)) {
      this.drop(sandbox); // another interpreter, in another sandbox
      return this.prepare();
    }
    sandbox.armable = false;
    this.#arming.letGo(sandbox);
  }

  onSilent(fd: number): void {
    this.#loop.unwatch(fd);
  }

  onFailed(program: Program | undefined, failure: Failure): void {
    if (program === this.#cgroups.program) this.#cgroups.onFailed(failure);
    else this.#onNotMade(failure);
  }

  onLeafRemoved(number: number, result: number): void {
    this.#cgroups.onRemoved(number, result);
  }

  onSandbox({ sockets, number, ...made }: MadeSandbox): void {
    if (this.#making?.number !== number) {
      // Its making has failed in part: its processes end with their sockets.
      for (const fd of [...Object.values(made), sockets]) if (fd !== undefined) closeFd(fd);
      return;
    }
    const { program, network, leafNumber, since } = this.#making;
    this.#making = undefined;
    if (sockets !== undefined) this.#networks.onMade(network, sockets);
    const sandbox = new Sandbox({
      ...made,
      made: program,
      network,
      receiver: this.#zygote.receiver,
      owner: this,
      user: this.#idleUser,
      leafNumber,
    });
    this.#cost.onMade(sandbox, since);
    // Level-triggered: one report is read at a time, with no read that finds nothing.
    this.#loop.watch(sandbox.keeper, () => sandbox.readKeeper(), EPOLLIN);
    this.#loop.watch(sandbox.runner, () => sandbox.readRunner(), EPOLLIN);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#prepared.push(sandbox);
    else waiting.take(sandbox);
    const isWanted = this.#waiting.length > 0 || this.#renewed.length > 0;
    if (isWanted || !this.#arming.running) this.prepare();
  }

  /** The zygote did not make a sandbox. */
  #onNotMade(failure: Failure): void {
    // What there is of its network has been in no sandbox that ran anything, but may be half made.
    if (this.#making !== undefined) this.#networks.giveBack(this.#making.network, true);
    this.#making = undefined;
    this.#onFailure(failure, false);
  }

  /** A sandbox that nobody runs anything in failed, or went by itself. */
  #onIdleFailed(sandbox: Sandbox, failure: Failure, lived: boolean): void {
    sandbox.gone = true; // a client that has taken it will be told by its next run
    if (this.#prepared.includes(sandbox)) this.drop(sandbox);
    this.#onFailure(failure, lived);
  }

  #onFailure(failure: Failure, lived: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { fail } of waiting) fail(failure);
    const [first] = this.#prepared;
    if (first === undefined) this.#tellRenewed(failure);
    else if (first.job.ready) this.#tellRenewed(); // it was the second until now
    this.#retries.failed(failure, () => this.prepare(), lived);
  }

  #onReady(sandbox: Sandbox): void {
    this.#retries.succeeded();
    this.#cost.onReady(sandbox);
    sandbox.leaf?.limit(this.#usual); // most runs need no other limits
    // One that a client took before it was ready is armed too: it may be the next to be used.
    if (sandbox === this.#prepared[0] || !this.#prepared.includes(sandbox)) {
      this.#arming.prepare(sandbox);
    }
    if (sandbox === this.#prepared[0]) this.#tellRenewed();
  }

  /** A run has taken the sandbox that `renew` was waiting for: the next one will do. */
  #renewNext(): void {
    if (this.#renewed.length === 0) return;
    const [first] = this.#prepared;
    if (first === undefined) this.#makeOne();
    else if (first.job.ready) this.#tellRenewed();
  }

  #tellRenewed(failure?: Failure): void {
    const renewed = this.#renewed;
    this.#renewed = [];
    for (const done of renewed) done(failure);
  }

  #letGo(place: number): void {
    letGoProgram(this.#leave.reset(), place);
    // Where the kernel does not take this, the next one in that place replaces it.
    this.#zygote.send(this.#leave, "let go of a network namespace");
  }

  #dropDue(): void {
    const due = this.#later;
    this.#later = [];
    for (const sandbox of due) this.drop(sandbox);
  }
}
