// A run that was given to a pool, from its caller's side: its output as it comes, and its result.

import type { OutputPiece, Result, RunOptions } from "../../controller/client.ts";
import { OutputQueue } from "../../controller/output_queue.ts";
import type { AttemptSink } from "./attempt.ts";
import type { Clock } from "./clock.ts";
import type { JobRun } from "./machine_source.ts";
import { RunInput } from "./run_input.ts";
import type { WaitOptions } from "./waiting.ts";

/** Bytes of output that wait for their reader. */
const WAITING_BYTES = 1024 * 1024;
/** A reader who takes nothing for so long gets no more: it must not keep a machine. */
const SLOW_READER_MS = 30_000;

/** What to run, and how to wait for a machine. `keep` is for leases. */
export interface PoolRunOptions extends Omit<RunOptions, "keep">, WaitOptions {
  /** In the line it gives kind "cancelled"; during the run, the status `cancelled`. */
  readonly signal?: AbortSignal;
  /** How often a run that did not begin is tried again on another machine; 1 when left out. */
  readonly retries?: number;
  /** Also a run that began, or may have, is tried again, unless some of its output was given out. */
  readonly idempotent?: boolean;
  /** Called with each piece of output; asks for `stream`. What it throws cancels the run. */
  readonly onOutput?: (piece: OutputPiece) => void;
}

/** A result, with how it came about. */
export interface PoolResult extends Result {
  readonly job: string;
  readonly machine: string;
  /** How often it was tried, from 1. */
  readonly attempts: number;
  /** Time in the line, from the call to the machine. */
  readonly waitedMs: number;
}

/** A run. Iterating it gives its output, for one reader, when it was asked to stream. */
export class PoolRun implements AsyncIterable<OutputPiece>, AttemptSink {
  readonly #queue = new OutputQueue(WAITING_BYTES);
  readonly #input = new RunInput();
  readonly #began = Promise.withResolvers<void>();
  readonly #result = Promise.withResolvers<PoolResult>();
  #gaveOutput = false;

  /** Made by the pool. */
  constructor(readonly job: string, readonly options: PoolRunOptions, readonly clock: Clock) {
    for (const { promise } of [this.#began, this.#result]) promise.catch(() => {});
  }

  /** Whether it can be begun again unseen: no output was given out, and no input was given to it. */
  get canRepeat(): boolean {
    return !this.#gaveOutput && !this.#input.given;
  }

  /** Resolves when an agent has taken the request. */
  get began(): Promise<void> {
    return this.#began.promise;
  }

  /**
   * How the run ended.
   *
   * @throws {PoolError} There is no result. `began` says whether the program may have run.
   * @throws {RequestError} The agent refused the request.
   */
  get result(): Promise<PoolResult> {
    return this.#result.promise;
  }

  /** The output as it comes. It ends with the run, and throws what `result` throws. */
  [Symbol.asyncIterator](): AsyncIterator<OutputPiece, undefined> {
    return this.#queue[Symbol.asyncIterator]();
  }

  /**
   * Writes to standard input, where the options say `stdin: { stream: true }`. Waits for an agent
   * that takes the run. A run that was given input is not begun again. What comes after the end of
   * the program is dropped.
   *
   * @throws what `result` throws, where there is no result.
   */
  async write(input: string | Uint8Array): Promise<void> {
    await this.#input.pass((run) => run.write(input));
  }

  /** Ends standard input. */
  async closeStdin(): Promise<void> {
    await this.#input.pass((run) => run.closeStdin());
  }

  /** From the attempt. */
  sent(run: JobRun): void {
    run.acked.then(() => {
      this.#began.resolve();
      this.#input.takenBy(run);
    }, () => {});
  }

  /** From the pool: it is tried on another machine. */
  again(): void {
    this.#input.again();
  }

  /** From the attempt. */
  async output(piece: OutputPiece): Promise<void> {
    this.#gaveOutput = true;
    this.options.onOutput?.(piece);
    const room = this.#queue.push(piece);
    if (room === undefined) return;
    const cancel = this.clock.after(SLOW_READER_MS, () => void this.#queue.return());
    await room;
    cancel();
  }

  /** From the pool: the end. */
  finish(result: PoolResult): void {
    this.#began.resolve();
    this.#result.resolve(result);
    this.#queue.end(null);
  }

  /** From the pool: there is no result. */
  fail(error: Error): void {
    for (const { reject } of [this.#began, this.#result]) reject(error);
    this.#input.fail(error);
    this.#queue.end(error);
  }
}
