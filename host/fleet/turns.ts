// Which lane a worker asks next, and for how many jobs. Decisions only.
//
// The same rule as the pool's: the highest priority; within it one tenant after another. So a tenant
// with a thousand waiting jobs delays another's first job by one turn, not by a thousand jobs.

import { consumerOf, type Lane, priorities } from "./names.ts";

/** What to ask for. */
export interface Turn {
  readonly lane: Lane;
  readonly count: number;
}

/** The lanes that may have jobs, in the order of their turns. */
export class Turns {
  /** A map keeps the order in which things were put in: the next turn is the first. */
  readonly #lanes = new Map<string, Lane>();

  /** How many may have jobs. */
  get size(): number {
    return this.#lanes.size;
  }

  /** A lane may have a job. One that is known keeps its turn. */
  add(lane: Lane): void {
    const name = consumerOf(lane);
    if (!this.#lanes.has(name)) this.#lanes.set(name, lane);
  }

  /** A lane has none. */
  remove(lane: Lane): void {
    this.#lanes.delete(consumerOf(lane));
  }

  /** The next lane, which then goes to the end, with its part of `room`. */
  next(room: number): Turn | undefined {
    if (room <= 0) return undefined;
    for (const priority of priorities) {
      const lanes = [...this.#lanes.values()].filter((lane) => lane.priority === priority);
      if (lanes.length === 0) continue;
      const [lane] = lanes;
      this.remove(lane);
      this.add(lane);
      return { lane, count: Math.ceil(room / lanes.length) };
    }
    return undefined;
  }
}
