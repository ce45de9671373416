// A signal by which a person or a supervisor ends a long run: it ends well, with what it has so far.

import { type EndSignal, endSignals } from "../../scripts/tools/end_signals.ts";

/**
 * What comes so soon after the first belongs to it, in milliseconds: a terminal sends its signal to
 * all processes, and a parent passes it on as well.
 */
const SAME_MS = 500;

/** Listens until it is disposed of. Another signal, later, ends the program at once. */
export class StopSignal implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners = (Object.keys(endSignals) as EndSignal[]).map((name) =>
    [name, () => this.#on(name)] as const
  );
  #exitCode = 0;
  #firstAt = 0;

  constructor() {
    for (const [name, listener] of this.#listeners) Deno.addSignalListener(name, listener);
  }

  /** Aborted by the first one. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** As shells tell it: 128 and the signal's number; 0 where there was none. */
  get exitCode(): number {
    return this.#exitCode;
  }

  #on(name: EndSignal): void {
    if (this.signal.aborted) {
      if (performance.now() > this.#firstAt + SAME_MS) Deno.exit(this.#exitCode);
      return;
    }
    this.#firstAt = performance.now();
    this.#exitCode = 128 + endSignals[name];
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listeners) Deno.removeSignalListener(name, listener);
  }
}
