// The sandboxes: one is always being made ahead of the request that will use it.
//
// It talks to the zygote, watches the sockets of every sandbox, and sees to it that a dropped one is
// really gone: a sandbox whose processes outlive its end ends the agent.

import { MSG_DONTWAIT } from "../../linux/constants.ts";
import { E } from "../../linux/errno.ts";
import { closeFd } from "../../linux/fd.ts";
import { MessageReceiver } from "../../linux/message.ts";
import { sendFd } from "../../linux/socket.ts";
import { type LeafLimits, usualLimits } from "../../sandbox/cgroup_leaf.ts";
import { leafName } from "../../sandbox/cgroup_program.ts";
import { type Ground, REPORT } from "../../sandbox/layout.ts";
import { Program } from "../../sandbox/program.ts";
import { readFailure } from "../../sandbox/report.ts";
import { Sandbox, type SandboxOwner, type SandboxUser } from "../../sandbox/sandbox.ts";
import { forgetProgram, sandboxProgram } from "../../sandbox/sandbox_program.ts";
import { StepError, type Zygote } from "../../sandbox/zygote.ts";
import type { Arming } from "./arming.ts";
import { FatalError } from "../core/fatal.ts";
import { Leaves } from "./job_cgroups.ts";
import type { Loop } from "../core/loop.ts";

/** Time for which a sandbox that is no longer needed is kept, so that its end does not delay a run's start. */
const LATER_MS = 50;
/** Time that the kernel gets to clear a dropped sandbox away. */
const CLEAR_MS = 10_000;

/** Bytes of the largest report. */
const REPORT_SIZE = 0x10000;

/** Makes sandboxes ahead, hands them out, and clears them away. */
export class Sandboxes implements SandboxOwner, SandboxUser {
  readonly #receiver = new MessageReceiver(REPORT_SIZE);
  readonly #make: Program;
  readonly #forget: Program;
  readonly #leaves: Leaves;
  readonly #usual: LeafLimits;
  /** Where the name of the next sandbox's cgroup stands in its program, and its number. */
  readonly #leafName: number;
  #leafNumber = 0;
  #prepared: Sandbox | undefined;
  #making = false;
  #renewed: (() => void)[] = [];
  #waiting: ((sandbox: Sandbox) => void)[] = [];
  #later: Sandbox[] = [];

  constructor(
    readonly loop: Loop,
    readonly zygote: Zygote,
    readonly ground: Ground,
    readonly arming: Arming,
  ) {
    this.#make = new Program(ground.arch);
    this.#forget = new Program(ground.arch);
    this.#leafName = sandboxProgram(this.#make, ground);
    this.#leaves = new Leaves(loop, zygote.control, ground.arch);
    this.#usual = usualLimits(ground.limits);
    loop.watch(zygote.control, () => this.#readZygote());
  }

  /** Whether a sandbox is ready for a run, with the next job armed in it where one will be. */
  get isReady(): boolean {
    const sandbox = this.#prepared;
    return sandbox !== undefined && sandbox.ready && this.arming.isDone(sandbox);
  }

  /** Sees to it that a sandbox is made, or the next job armed in the one that is there. */
  prepare(): void {
    if (this.#prepared !== undefined) return this.arming.prepare(this.#prepared);
    if (this.#making) return;
    this.#making = true;
    if (this.ground.cgroup) {
      this.#leafNumber = this.#leaves.next();
      this.#make.retext(this.#leafName, leafName(this.#leafNumber));
    }
    if (sendFd(this.zygote.control, this.#make.encode()) < 0) {
      throw new FatalError("Cannot make a sandbox: the zygote is gone");
    }
  }

  /** Gives the prepared sandbox to `take`, now or as soon as there is one. It may not be ready yet. */
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

  /** Ends a sandbox that is no longer needed: when the run is over that begins now, or a little later. */
  dropLater(sandbox: Sandbox): void {
    this.#later.push(sandbox);
    this.loop.after(LATER_MS, () => this.#dropDue());
  }

  /** A run is over. */
  onRunOver(): void {
    this.#dropDue();
    this.arming.onRunOver();
    this.prepare();
  }

  /** Ends a sandbox and everything in it. */
  drop(sandbox: Sandbox): void {
    if (sandbox.closed) return;
    this.arming.forget(sandbox);
    this.loop.unwatch(sandbox.keeper);
    if (sandbox.runner >= 0) this.loop.unwatch(sandbox.runner);
    for (const stream of Object.values(sandbox.streams)) this.loop.unwatch(stream);
    sandbox.close();
    if (this.#prepared === sandbox) this.#prepared = undefined;
    const patience = this.loop.after(CLEAR_MS, () => {
      throw new FatalError(`Cannot clear a sandbox away: it still lives after ${CLEAR_MS} ms`);
    });
    this.loop.watch(sandbox.pidfd, () => {
      this.loop.cancel(patience);
      this.loop.unwatch(sandbox.pidfd);
      closeFd(sandbox.pidfd);
      this.#forget.reset();
      forgetProgram(this.#forget, sandbox.keeperPid);
      sendFd(this.zygote.control, this.#forget.encode());
      if (sandbox.leafNumber > 0) this.#leaves.remove(sandbox.leafNumber);
    });
  }

  /** Throws the prepared sandbox away, makes another, and calls `done` when that one is ready. */
  renew(done: () => void): void {
    if (this.#prepared !== undefined) this.drop(this.#prepared);
    this.#renewed.push(done);
    this.prepare();
  }

  onRunner(sandbox: Sandbox): void {
    this.loop.watch(sandbox.runner, () => sandbox.readRunner());
  }

  onDisarmed(sandbox: Sandbox): void {
    sandbox.armable = false;
    this.arming.letGo(sandbox);
  }

  nextLeaf(sandbox: Sandbox): number | undefined {
    if (sandbox.leafNumber === 0) return undefined;
    sandbox.closeLeaf();
    this.#leaves.remove(sandbox.leafNumber);
    sandbox.leafNumber = this.#leaves.next();
    return sandbox.leafNumber;
  }

  // As the user of a sandbox that nobody uses yet, it only has to notice when it fails.
  onReady(sandbox: Sandbox): void {
    sandbox.leaf?.limit(this.#usual); // most runs ask for nothing else
    this.arming.prepare(sandbox);
    if (sandbox !== this.#prepared) return;
    const renewed = this.#renewed;
    this.#renewed = [];
    for (const done of renewed) done();
  }
  onStarted(): void {}
  onListener(): void {}
  onFailed(_sandbox: Sandbox, failure: { step: string; errno: string }): void {
    throw new StepError(failure);
  }
  onEnded(): void {}
  onReaped(): void {}
  onGone(sandbox: Sandbox): void {
    this.drop(sandbox);
    throw new FatalError("Cannot keep a prepared sandbox: it has gone by itself");
  }

  #dropDue(): void {
    const due = this.#later;
    this.#later = [];
    for (const sandbox of due) this.drop(sandbox);
  }

  #readZygote(): void {
    for (;;) {
      const received = this.#receiver.receive(this.zygote.control, MSG_DONTWAIT);
      if (received === -E.EAGAIN) return;
      if (received === -E.EINTR) continue;
      if (received <= 0) throw new FatalError("Cannot make sandboxes: the zygote has gone");
      const { bytes, fds } = this.#receiver;
      const message = new DataView(bytes.buffer, bytes.byteOffset, received);
      const failure = readFailure(message, this.#make);
      if (failure !== undefined) throw new StepError(failure);
      const word = message.getUint32(0, true);
      if (word === REPORT.sandbox) this.#made(message.getInt32(8, true), fds);
      if (word === REPORT.removed) {
        const [number, result] = [message.getBigInt64(8, true), message.getBigInt64(16, true)];
        this.#leaves.onRemoved(Number(number), Number(result));
      }
    }
  }

  #made(pid: number, [keeper, pidfd]: readonly number[]): void {
    this.#making = false;
    const sandbox = new Sandbox(
      keeper,
      pidfd,
      pid,
      this.#make,
      this.#receiver,
      this,
      this,
      this.#leafNumber,
    );
    this.loop.watch(keeper, () => sandbox.readKeeper());
    const take = this.#waiting.shift();
    if (take === undefined) this.#prepared = sandbox;
    else take(sandbox);
    if (this.#waiting.length > 0) this.prepare();
  }
}
