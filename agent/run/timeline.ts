// The marks of one run: when each step happened, and how long it took.
//
// A mark is one number in a preallocated array. With MARKS off, a mark is an empty call that V8
// removes.

import { now } from "../core/loop.ts";

/** Whether runs are timed; fixed at build time. */
const MARKS: boolean = true;

/** The moments that are marked. */
export type Mark = "request" | "ack" | "written" | "started" | "output" | "ended" | "result";

const marks: readonly Mark[] = [
  "request",
  "ack",
  "written",
  "started",
  "output",
  "ended",
  "result",
];

/** When each step of a run happened. */
export class Timeline {
  readonly #at = new Float64Array(marks.length);

  #waitMs = 0;
  /** CPU time of an interpreter that was started ahead, until it waited. NaN: none was. */
  aheadCpuMs = NaN;

  /**
   * Clears all marks and sets the first one to `at`, on the loop's clock.
   *
   * @param waitMs How long the request had waited by then.
   */
  begin(at: number, waitMs = 0): void {
    this.#at.fill(NaN);
    this.#at[0] = at;
    this.#waitMs = waitMs;
    this.aheadCpuMs = NaN;
  }

  /** Sets a mark; only the first call counts. */
  mark(mark: Mark): void {
    if (!MARKS) return;
    const index = marks.indexOf(mark);
    if (Number.isNaN(this.#at[index])) this.#at[index] = now();
  }

  /** Milliseconds between marks, to a microsecond. Missing marks are left out. */
  timing(): Record<string, number> {
    // The first output may be seen before the report of the start that came with it, so never below
    // 0.
    const between = (from: Mark, to: Mark) => {
      const ms = this.#at[marks.indexOf(to)] - this.#at[marks.indexOf(from)];
      return Math.max(0, Math.round(ms * 1000) / 1000);
    };
    const output = between("started", "output");
    const run = between("started", "ended");
    const all = {
      wait_ms: this.#waitMs > 0 ? Math.round(this.#waitMs * 1000) / 1000 : NaN,
      ahead_cpu_ms: Math.round(this.aheadCpuMs * 1000) / 1000,
      ack_ms: between("request", "ack"),
      write_ms: between("ack", "written"),
      spawn_ms: between("written", "started"),
      first_output_ms: output > run ? run : output, // what is found after the end was there by then
      run_ms: run,
      collect_ms: between("ended", "result"),
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => !Number.isNaN(value)));
  }
}
