// Where the time of a start goes: marks between its steps, and one line that tells them.
//
// Marks cost microseconds and are always set; the line is printed where somebody can use it (PID
// 1's console, or with --times). It must come after everything that it measures.

/** The steps, each from the mark before it to its own. */
export class StartTimes {
  readonly #marks: [step: string, ms: number][] = [];
  #last: number;

  /** Begins now. */
  constructor(readonly now: () => number = () => performance.now()) {
    this.#last = now();
  }

  /** A step has ended. */
  mark(step: string): void {
    const moment = this.now();
    this.#marks.push([step, moment - this.#last]);
    this.#last = moment;
  }

  /** "zygote 9.1 ms, ...". */
  toString(): string {
    return this.#marks.map(([step, ms]) => `${step} ${ms.toFixed(1)} ms`).join(", ");
  }
}
