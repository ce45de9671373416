// Which pieces of the project's code ran: V8's precise coverage, as numbers to compare.

import { Session } from "node:inspector";

/** A piece of code, and about how often it ran. */
export type Trace = readonly string[];

interface Taken {
  result: {
    url: string;
    functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[];
  }[];
}

/** The coverage of everything in this process. */
export class Coverage {
  readonly #session = new Session();

  /** Begins to count. */
  async start(): Promise<void> {
    this.#session.connect();
    await this.#post("Profiler.enable");
    await this.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    await this.take();
  }

  /** What ran since the last call, outside of tests. Counts are kept by their size in powers of two. */
  async take(): Promise<Trace> {
    const { result } = await this.#post("Profiler.takePreciseCoverage") as Taken;
    const trace: string[] = [];
    for (const { url, functions } of result) {
      if (!url.startsWith("file:") || url.includes("/tests/")) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count === 0) continue;
          trace.push(`${url}:${startOffset}-${endOffset}x${Math.min(6, 32 - Math.clz32(count))}`);
        }
      }
    }
    return trace;
  }

  /** Ends the counting. */
  stop(): void {
    this.#session.disconnect();
  }

  #post(method: string, parameters: object = {}): Promise<unknown> {
    // The types know each method's own parameters only.
    const post = this.#session.post.bind(this.#session) as (
      method: string,
      parameters: object,
      done: (error: Error | null, value: unknown) => void,
    ) => void;
    return new Promise((resolve, reject) => {
      post(method, parameters, (error, value) => error === null ? resolve(value) : reject(error));
    });
  }
}
