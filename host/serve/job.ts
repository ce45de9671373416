// A run for one request, as the service sees it, however it is carried out.

import type { OutputPiece, Result } from "../../controller/client.ts";
import type { PoolRunOptions } from "../pool/pool_run.ts";
import type { InputFile } from "./parse_request.ts";

/** What to run. */
export interface JobOptions {
  /** Without input. */
  readonly run: Omit<PoolRunOptions, "stdin">;
  readonly stdin?: Uint8Array;
  readonly files: readonly InputFile[];
  /** Paths of files that come back. */
  readonly get: readonly string[];
}

/** A file that was asked for: its bytes, or why there are none. */
export type OutputFile =
  | { readonly path: string; readonly bytes: Uint8Array }
  | { readonly path: string; readonly error: { readonly code: string; readonly detail: string } };

/** What became of it. */
export interface JobResult {
  readonly result: Result;
  readonly machine: string;
  readonly attempts: number;
  readonly waitedMs: number;
  readonly files: readonly OutputFile[];
}

/** A run. Iterating it gives its output, if it streams. */
export interface Job extends AsyncIterable<OutputPiece> {
  /** Resolves when an agent has taken the request. */
  readonly began: Promise<void>;
  /** How it ended. Rejects as the pool and the client do. */
  readonly result: Promise<JobResult>;
}
