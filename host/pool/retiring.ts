// The ways in which a pool parts with a machine: it died, or it has been used enough.

import { LATE, within } from "./clock.ts";
import type { Unwell } from "./health.ts";
import { type JobClient, toldEnd } from "./machine_source.ts";
import type { Member } from "./member.ts";
import type { Settings } from "./options.ts";
import { whyReplaced } from "./recycling.ts";

/** How long after its connection a machine may end, for its end to be what is told. */
const END_MS = 2000;

/** Parts with machines. */
export class Retiring<C extends JobClient> {
  /**
   * @param gone Called when a machine has ended, and nothing of it is left.
   * @param unproved Called with the name of one that died before it had a job, and why.
   */
  constructor(
    readonly settings: Settings<C>,
    readonly gone: (member: Member<C>) => void,
    readonly unproved: (name: string, why: string) => void,
  ) {}

  /** A machine ended, or cannot be trusted. */
  async died(member: Member<C>, { why, isLost }: Unwell): Promise<void> {
    if (member.state === "ending") return;
    const unproved = member.runs === 0 && member.state === "idle";
    member.state = "ending";
    const end = isLost && await within(this.settings.clock, END_MS, member.machine.ended);
    const said = !end || end === LATE ? why : toldEnd(end);
    this.#tell("died", member, said);
    if (unproved) this.unproved(member.name, said);
    await this.end(member);
  }

  /** A machine was used enough. */
  async recycle(member: Member<C>, why: string): Promise<void> {
    this.#tell("recycled", member, why);
    await this.end(member);
  }

  /** Ends a machine if it was used enough. Returns whether it was. */
  async wornOut(member: Member<C>): Promise<boolean> {
    const { recycling, wear, clock } = this.settings;
    const { runs, memoryMib, readyAt } = member;
    const why = whyReplaced(recycling, wear, { runs, memoryMib, ageMs: clock.now() - readyAt });
    if (why !== null) await this.recycle(member, why);
    return why !== null;
  }

  /** Ends a machine at once: nothing in it is worth waiting for. */
  async end(member: Member<C>): Promise<void> {
    member.state = "ending";
    member.leave();
    member.ending ??= member.machine.stop(0).catch(() => {}); // of a machine nothing more can be had
    await member.ending;
    this.gone(member);
  }

  #tell(type: "died" | "recycled", { name, runs, readyAt }: Member<C>, why: string): void {
    const aliveMs = this.settings.clock.now() - readyAt;
    this.settings.tell({ type, machine: name, why, runs, aliveMs });
  }
}
