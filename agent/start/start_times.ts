// Measures the steps of a start, and reports them in one line.
//
// Marks cost microseconds and are always set. The line is printed only where it is useful (on PID
// 1's console, or with --times). It must come after everything it measures.

/** The steps; each one lasts from the previous mark to its own. */
export class StartTimes {
  readonly #marks: [step: string, ms: number][] = [];
  #last: number;

  /** Starts measuring now. */
  constructor(readonly now: () => number = () => performance.now()) {
    this.#last = now();
  }

  /** Marks the end of a step. */
  mark(step: string): void {
    const moment = this.now();
    this.#marks.push([step, moment - this.#last]);
    this.#last = moment;
  }

  /** For example "zygote 9.1 ms, ...". */
  toString(): string {
    return this.#marks.map(([step, ms]) => `${step} ${ms.toFixed(1)} ms`).join(", ");
  }
}
