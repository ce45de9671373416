// A run with files, on a leased machine: they are put, the program runs, files are fetched.
//
// The pool's promise holds here too: what may have begun is never begun again by itself, and an
// error says whether it may have.

import {
  type Client,
  type OutputPiece,
  RequestError,
  type StreamingRun,
} from "../../controller/client.ts";
import type { Lease } from "../pool/lease.ts";
import type { Pool } from "../pool/pool.ts";
import { type Began, PoolError } from "../pool/pool_error.ts";
import type { Job, JobOptions, JobResult, OutputFile } from "./job.ts";
import { problemOf } from "./problem_of.ts";

/** All files that come back may have so many bytes. */
const FETCHED_BYTES = 64 * 1024 * 1024;
/** How often it is tried on a machine that turns out to be lost before the program ran. */
const ATTEMPTS = 2;

/** A run with files or input. */
export class LeasedJob implements Job {
  readonly #sent = Promise.withResolvers<StreamingRun>();
  readonly #began = Promise.withResolvers<void>();
  readonly result: Promise<JobResult>;
  #acked: Began = "no";
  #waitedMs = 0;

  constructor(readonly pool: Pool, readonly options: JobOptions) {
    this.result = this.#work();
    for (const { promise } of [this.#sent, this.#began]) promise.catch(() => {});
    this.result.then(() => this.#began.resolve(), (error) => {
      for (const { reject } of [this.#sent, this.#began]) reject(error);
    });
  }

  get began(): Promise<void> {
    return this.#began.promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OutputPiece, undefined> {
    try {
      yield* await this.#sent.promise;
    } catch {
      await this.result; // it knows whether the program began
    }
    return undefined;
  }

  async #work(): Promise<JobResult> {
    const { tenant, priority, deadlineMs, signal } = this.options.run;
    for (let attempts = 1;; attempts++) {
      await using lease = await this.pool.lease({ tenant, priority, deadlineMs, signal });
      this.#waitedMs += lease.waitedMs;
      try {
        const done = await this.#try(lease);
        return { ...done, machine: lease.machine, attempts, waitedMs: this.#waitedMs };
      } catch (error) {
        const fresh = this.#acked === "no" && attempts < ATTEMPTS && !signal?.aborted;
        if (!fresh || !isMachines(error)) throw this.#told(error as Error, lease.machine);
      }
    }
  }

  async #try(
    { client, machine }: Lease<Client>,
  ): Promise<Pick<JobResult, "result" | "files">> {
    const { run: options, files, stdin, get } = this.options;
    const { tenant: _t, priority: _p, deadlineMs: _d, retries: _r, ...rest } = options;
    const { idempotent: _i, onOutput: _o, ...request } = rest;
    for (const { path, bytes, mode } of files) {
      if (request.signal?.aborted) break;
      await client.put(path, bytes, mode === undefined ? {} : { mode });
    }
    if (request.signal?.aborted) {
      throw new PoolError("cancelled", `It was cancelled before it ran on machine ${machine}`);
    }
    const input = stdin === undefined ? {} : { stdin: { stream: true as const } };
    const keep = get.length > 0 || files.length > 0;
    const run = client.run({ ...request, ...input, ...keep ? { keep } : {} });
    this.#acked = "perhaps";
    run.acked.then(() => {
      this.#acked = "yes";
      this.#began.resolve();
      this.#sent.resolve(run);
    }, () => {});
    if (stdin !== undefined) pour(run, stdin);
    let result;
    try {
      result = await run.result;
    } catch (error) {
      if (error instanceof RequestError && this.#acked === "perhaps") this.#acked = "no";
      throw error;
    }
    return { result, files: result.status === "cancelled" ? [] : await fetched(client, get) };
  }

  /** The error in the pool's or the agent's words. */
  #told(error: Error, machine: string): Error {
    if (error instanceof PoolError) return error;
    if (error instanceof RequestError) return problemOf(error, this.#acked);
    const message = `Machine ${machine} was lost: ${error.message}`;
    return new PoolError("lost", message, this.#acked, { cause: error });
  }
}

/** Sends all input, as the program takes it. */
function pour(run: StreamingRun, bytes: Uint8Array): void {
  run.write(bytes).then(() => run.closeStdin()).catch(() => {}); // the run's own end says why
}

/** Whether an error is the machine's, not the request's. */
function isMachines(error: unknown): boolean {
  if (error instanceof PoolError) return false;
  return !(error instanceof RequestError) || error.code === "busy" || error.code === "internal";
}

/** The files. The run has its result, so that a file that is not there must not take it away. */
async function fetched(client: Client, paths: readonly string[]): Promise<OutputFile[]> {
  const files: OutputFile[] = [];
  let left = FETCHED_BYTES;
  for (const path of paths) {
    try {
      const bytes = await client.get(path);
      left -= bytes.length;
      const detail = `All files together may have at most ${FETCHED_BYTES} bytes`;
      if (left >= 0) files.push({ path, bytes });
      else files.push({ path, error: { code: "too_large", detail } });
    } catch (error) {
      const { code, message: detail } = problemOf(error);
      files.push({ path, error: { code, detail } });
    }
  }
  return files;
}
