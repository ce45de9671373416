// The machines of a pool: as many as wanted, refilled in the background, asked for signs of life, and
// replaced when they are used up, wedged or dead. It knows nothing of jobs.

import { Boots } from "./boots.ts";
import { toldEnd } from "./machine_source.ts";
import type { JobClient, MachineOver } from "./machine_source.ts";
import { type Unwell, whyUnfit } from "./health.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Member } from "./member.ts";
import type { Settings } from "./options.ts";
import { Retiring } from "./retiring.ts";

/** Whom they tell. */
export interface MachinesOwner {
  /** A machine waits for a job. */
  onIdle(): void;
  /** There is no machine, and none can be started. */
  onGivenUp(why: string): void;
}

/** A pool's machines. */
export class Machines<C extends JobClient> {
  readonly boots: Boots<C>;
  readonly #members = new Set<Member<C>>();
  #count = 0;
  #open = false;
  #cancelRefill = () => {};
  readonly #heartbeat: Heartbeat<C>;
  readonly #retiring: Retiring<C>;

  constructor(readonly settings: Settings<C>, readonly owner: MachinesOwner) {
    const { boots, machines, recycling, clock, random } = settings;
    this.boots = new Boots(boots, machines, recycling === "restored", clock, random);
    this.#retiring = new Retiring(
      settings,
      (member) => {
        this.#members.delete(member);
        this.#refill();
      },
      (name, why) => this.#bootFailed(name, new Error(why)),
    );
    this.#heartbeat = new Heartbeat(
      settings,
      () => this.members,
      (...heard) => this.#heard(...heard),
    );
  }

  get members(): readonly Member<C>[] {
    return [...this.#members];
  }

  /** Why there is no machine; null if there is one, or may soon be. */
  get givenUp(): string | null {
    const lives = this.members.some(({ state }) => state !== "booting" && state !== "ending");
    return this.boots.givenUp && !lives ? this.boots.failed!.why : null;
  }

  open(): void {
    this.#open = true;
    this.#refill();
    this.#heartbeat.start();
  }

  /** Starts no more machines. */
  settle(): void {
    this.#open = false;
    this.#cancelRefill();
  }

  /** Ends all machines. */
  async close(): Promise<void> {
    this.settle();
    this.#heartbeat.stop();
    const ends = this.members.map((member) => this.#retiring.end(member));
    await Promise.all([...ends, this.boots.close()]);
  }

  /** The machine that waited longest. It is the taker's until it is given back. */
  take(): Member<C> | undefined {
    for (const member of this.#members) {
      if (member.state !== "idle") continue;
      member.state = "busy";
      return member;
    }
    return undefined;
  }

  /** Whether a taken machine can be used. One that cannot is replaced. */
  async isFit(member: Member<C>): Promise<boolean> {
    const unwell = await whyUnfit(member, this.settings.clock, this.settings.health.answerMs);
    if (unwell !== null) void this.#retiring.died(member, unwell);
    return member.state === "busy";
  }

  /** Takes a machine back after a job. `spoiled` says why it must not be used again. */
  async giveBack(member: Member<C>, spoiled: Unwell | null = null): Promise<void> {
    member.runs++;
    if (member.state !== "busy") return;
    member.hangUp();
    if (spoiled !== null) return await this.#retiring.died(member, spoiled);
    this.#proved();
    if (await this.#retiring.wornOut(member) || !this.#open) return;
    member.state = "renewing";
    try {
      await member.connect(this.settings.health.answerMs);
    } catch (error) {
      const why = `took no connection: ${(error as Error).message}`;
      return await this.#retiring.died(member, { why, isLost: true });
    }
    if (member.state === "renewing") this.#becomeIdle(member);
  }

  /** Replaces a machine that is no longer trusted. */
  async discard(member: Member<C>, why: string): Promise<void> {
    member.runs++;
    if (member.state === "busy") await this.#retiring.recycle(member, why);
  }

  #becomeIdle(member: Member<C>): void {
    member.state = "idle";
    member.heardAt = this.settings.clock.now();
    this.#members.delete(member); // to the end of the order
    this.#members.add(member);
    this.owner.onIdle();
  }

  #refill(): void {
    this.#cancelRefill();
    const booting = this.members.filter(({ state }) => state === "booting").length;
    const { size, clock } = this.settings;
    const missing = Math.min(size - this.#members.size, this.boots.atOnce - booting);
    if (!this.#open || missing <= 0) return;
    if (this.boots.pauseMs > 0) {
      this.#cancelRefill = clock.after(this.boots.pauseMs, () => this.#refill());
    } else for (let count = 0; count < missing; count++) void this.#boot();
  }

  async #boot(): Promise<void> {
    const { machines, clock, health, tell } = this.settings;
    const name = `${++this.#count}`;
    let member: Member<C> | undefined;
    try {
      member = new Member(name, machines.make(name), clock.now());
      this.#members.add(member);
      tell({ type: "booting", machine: name });
      await this.boots.boot(member, health.answerMs);
    } catch (error) {
      this.#bootFailed(name, error);
      if (member !== undefined) await this.#retiring.end(member);
      return;
    }
    if (member.state !== "booting") return;
    member.readyAt = clock.now();
    void member.machine.ended.then((end) => this.#gone(member, end));
    tell({ type: "ready", machine: name, bootMs: member.readyAt - member.madeAt });
    this.#becomeIdle(member);
    this.#refill();
  }

  /** A machine works: others need not wait any longer. */
  #proved(): void {
    if (this.boots.failed === null) return;
    this.boots.succeeds();
    this.#refill();
  }

  #bootFailed(machine: string, error: unknown): void {
    if (!this.#open) return;
    const pauseMs = this.boots.fails(error);
    const { failures, why } = this.boots.failed!;
    this.settings.tell({ type: "boot_failed", machine, why, failures, pauseMs });
    const given = this.givenUp;
    if (given !== null) this.owner.onGivenUp(given);
    this.#refill();
  }

  /** A machine has ended without being asked to. */
  #gone(member: Member<C>, end: MachineOver): void {
    if (member.state !== "ending") {
      void this.#retiring.died(member, { why: toldEnd(end), isLost: false });
    }
  }

  /** What a machine's sign of life was, or why there was none. */
  #heard(member: Member<C>, unwell: Unwell | null): void {
    if (unwell !== null) return void this.#retiring.died(member, unwell);
    if (member.state !== "idle") return;
    this.#proved();
    const idle = this.members.filter(({ state }) => state === "idle").length;
    if (idle > 1 || this.settings.size === 1) void this.#retiring.wornOut(member); // never all at once
  }
}
