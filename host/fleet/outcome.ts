// What became of a job. Every job gets exactly one outcome, and the first that is stored stays.

import type { Result } from "../../controller/client.ts";
import { FleetError } from "./fleet_error.ts";
import type { JobName } from "./names.ts";
import type { Packed } from "./packed.ts";

/** A result, with how it came about. */
export interface JobResult extends Omit<Result, "output" | "buildOutput"> {
  /** What was kept of its output: `stdout.dropped` and `stderr.dropped` say what was not. */
  readonly output: { readonly stdout: Uint8Array; readonly stderr: Uint8Array };
  readonly buildOutput?: { readonly stdout: Uint8Array; readonly stderr: Uint8Array };
}

/** What became of it. */
export type Became =
  | { readonly kind: "result"; readonly result: JobResult }
  /** The agent refused the request: it never ran, and never will. */
  | { readonly kind: "refused"; readonly code: string; readonly why: string }
  /** It was cancelled before a worker had it. One that ran has a result that says so. */
  | { readonly kind: "cancelled" }
  /** No worker finished it. It is among the dead letters. */
  | { readonly kind: "dead"; readonly why: string };

/** Who stored it, and when. */
export interface Provenance extends JobName {
  /** The worker's name; "" where it was no worker. */
  readonly worker: string;
  /** How many times it had been delivered; 0 where it was cancelled before. */
  readonly delivery: number;
  /** Milliseconds since 1970, by the clocks of submitter and worker. */
  readonly submittedAt: number;
  readonly storedAt: number;
}

/** An outcome. */
export type Outcome = Became & Provenance;

/** An outcome as a message. */
export function packedOutcome(outcome: Outcome): Packed {
  if (outcome.kind !== "result") return { line: { ...outcome }, parts: [] };
  const { result: { output, buildOutput, ...result }, ...rest } = outcome;
  const parts = [output, ...buildOutput === undefined ? [] : [buildOutput]];
  return {
    line: { ...rest, result },
    parts: parts.flatMap(({ stdout, stderr }) => [stdout, stderr]),
  };
}

/** The outcome of a message. It was written by a worker, and is not checked word by word. */
export function outcomeOf({ line, parts }: Packed): Outcome {
  const outcome = line as unknown as Outcome;
  const kinds = ["result", "refused", "cancelled", "dead"];
  if (!kinds.includes(outcome.kind)) {
    throw new FleetError("malformed", `Cannot read an outcome of kind "${outcome.kind}"`);
  }
  if (outcome.kind !== "result") return outcome;
  const [stdout, stderr, builtOut, builtErr] = parts;
  const buildOutput = parts.length < 4 ? {} : {
    buildOutput: { stdout: builtOut, stderr: builtErr },
  };
  return { ...outcome, result: { ...outcome.result, output: { stdout, stderr }, ...buildOutput } };
}
