// Asks all machines for signs of life, again and again.

import { type Unwell, whyUnwell } from "./health.ts";
import type { JobClient } from "./machine_source.ts";
import type { Member } from "./member.ts";
import type { Settings } from "./options.ts";

/** The heartbeat of a pool's machines. */
export class Heartbeat<C extends JobClient> {
  #cancel = () => {};

  /** @param heard Told of each answer: null, or what is wrong. */
  constructor(
    readonly settings: Settings<C>,
    readonly members: () => readonly Member<C>[],
    readonly heard: (member: Member<C>, unwell: Unwell | null) => void,
  ) {}

  start(): void {
    const { clock, health } = this.settings;
    this.#cancel = clock.after(health.everyMs, () => {
      this.start();
      for (const member of this.members()) void this.#ask(member);
    });
  }

  stop(): void {
    this.#cancel();
  }

  async #ask(member: Member<C>): Promise<void> {
    const { clock, health, machines } = this.settings;
    if (member.state !== "idle" && member.state !== "busy") return;
    const unwell = await whyUnwell(member, clock, health.answerMs);
    if (unwell === null) member.memoryMib = await machines.memoryMib(member.name).catch(() => null);
    this.heard(member, unwell);
  }
}
