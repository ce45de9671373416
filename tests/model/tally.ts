// Counts what was played, so that a run shows that nothing was left out.

import type { Action } from "./actions.ts";
import type { Expect } from "./expect.ts";

/** Counts of actions, and of the messages that answered them. */
export class Tally {
  sequences = 0;
  actions = 0;
  readonly #acts = new Map<string, number>();
  readonly #answers = new Map<string, number>();

  /** Counts an action and what came. */
  add(action: Action, came: readonly Expect[]) {
    this.actions++;
    count(this.#acts, action === "crowd" ? action : action.act.do);
    for (const { type, fields } of came) {
      const detail = fields.code ?? fields.status;
      count(this.#answers, detail === undefined ? type : `${type} ${detail}`);
    }
  }

  /** Both, the most frequent first. */
  lines(): string[] {
    return [`actions: ${sorted(this.#acts)}`, `answers: ${sorted(this.#answers)}`];
  }
}

function count(counts: Map<string, number>, name: string) {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sorted(counts: Map<string, number>): string {
  return [...counts].sort(([, a], [, b]) => b - a).map(([name, n]) => `${name} ${n}`).join(", ");
}
