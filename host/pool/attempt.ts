// One try of a run on one machine, and what is certain after it.
//
// An agent acknowledges a request before it works on it. So a run that was acknowledged has begun,
// one that was refused has not, and one that was sent and lost may have.

import {
  type OutputPiece,
  RequestError,
  type Result,
  type RunOptions,
} from "../../controller/client.ts";
import type { JobClient, JobRun } from "./machine_source.ts";
import type { Began } from "./pool_error.ts";

/** How a try ended. */
export type Attempt =
  | { readonly how: "result"; readonly result: Result }
  /** The agent refused the request. `busy` and `internal` are no fault of the caller's. */
  | { readonly how: "refused"; readonly error: RequestError; readonly began: Began }
  | { readonly how: "lost"; readonly error: Error; readonly began: Began };

/** Who takes what comes during a run. */
export interface AttemptSink {
  /** It was sent. */
  sent(run: JobRun): void;
  /** A piece of output, where the run streams. A promise: wait before the next. */
  output(piece: OutputPiece): void | Promise<void>;
}

/**
 * Runs a program on a connection that nobody else uses.
 *
 * @throws what `run` of the client throws on options that are none, and what the sink throws: the
 * run is then cancelled.
 */
export async function attempt(
  client: JobClient,
  options: RunOptions,
  sink: AttemptSink,
): Promise<Attempt> {
  const run = client.run(options);
  let began: Began = "perhaps";
  run.acked.then(() => began = "yes", () => {});
  sink.sent(run);
  try {
    if (options.stream) await pump(run, sink);
    return { how: "result", result: await run.result };
  } catch (error) {
    if (error instanceof SinkError) throw error.cause;
    if (!(error instanceof RequestError)) return { how: "lost", error: error as Error, began };
    return { how: "refused", error, began: began === "perhaps" ? "no" : began };
  }
}

/** What the taker of output threw, told apart from what the connection throws. */
class SinkError extends Error {}

async function pump(run: JobRun, sink: AttemptSink): Promise<void> {
  for await (const piece of run) {
    try {
      await sink.output(piece);
    } catch (cause) {
      await run.cancel();
      await run.result.catch(() => {});
      throw new SinkError("", { cause });
    }
  }
}
