// This process's time of day, set forward and back, as an operator or a time server does it. Timers
// and `performance.now` go on as they do then.

/** A time of day that is wrong by `stepMs`. Disposing makes it right again. */
export class SteppedDate implements Disposable {
  stepMs = 0;
  readonly #real = Date;

  constructor() {
    const [real, step] = [this.#real, () => this.stepMs];
    globalThis.Date = class extends real {
      constructor(...given: unknown[]) {
        const all = given.length === 0 ? [real.now() + step()] : given;
        super(...all as [number]);
      }

      static override now(): number {
        return real.now() + step();
      }
    } as DateConstructor;
  }

  /** Steps again and again, by an hour forward and back, until it is disposed. */
  swing(everyMs = 50): Disposable {
    const timer = setInterval(() => this.stepMs = this.stepMs > 0 ? -HOUR_MS : HOUR_MS, everyMs);
    this.stepMs = HOUR_MS;
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  [Symbol.dispose](): void {
    globalThis.Date = this.#real;
  }
}

/** How far a step of `swing` goes, each way. */
export const HOUR_MS = 3_600_000;
