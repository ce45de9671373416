// Runs scenarios one after another, prints the result of each, and counts.

import { Skip } from "../guest/scenario.ts";
import { within } from "../guest/timed.ts";

/** The scenarios tried so far. */
export class Attempts {
  /** How many failed. */
  failed = 0;
  #passed = 0;
  #skipped = 0;

  /** How long one may take. */
  constructor(readonly limitMs: number) {}

  /** Tries one. Returns whether it passed or was skipped. Never throws. */
  async run(
    name: string,
    body: () => Promise<unknown>,
    limitMs: number = this.limitMs,
  ): Promise<boolean> {
    const start = performance.now();
    try {
      await within(limitMs, name, body());
      this.#passed++;
      console.log(`ok      ${name} (${Math.round(performance.now() - start)} ms)`);
      return true;
    } catch (error) {
      if (error instanceof Skip) {
        this.skip(name, error.message);
        return true;
      }
      this.failed++;
      console.log(`FAILED  ${name}`);
      const lines = String((error as Error).stack ?? error).split("\n").slice(0, 12);
      console.log(lines.map((line) => `        ${line}`).join("\n"));
      return false;
    }
  }

  /** Counts one that cannot be tried here. */
  skip(name: string, missing: string): void {
    this.#skipped++;
    console.log(`SKIPPED: ${name}: ${missing}`);
  }

  /** Counts something that failed outside any scenario. */
  fail(error: unknown): void {
    this.failed++;
    console.log(`FAILED  ${error instanceof Error ? error.message : error}`);
  }

  /** The last line of a run. */
  get totals(): string {
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : "";
    return `${this.#passed} passed, ${this.failed} failed${skipped}`;
  }
}
