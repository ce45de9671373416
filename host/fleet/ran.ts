// Runs one job on a pool: what it prints goes out as it comes, and comes back in the result.
//
// A small job is a run of the pool. One with files, or with code that is too large for a request,
// leases a machine, and its files are put there first.

import {
  type Client,
  type OutputPiece,
  RequestError,
  type Result,
  type RunOptions,
} from "../../controller/client.ts";
import type { Pool } from "../pool/pool.ts";
import { PoolError } from "../pool/pool_error.ts";
import type { Job } from "./job.ts";
import { Kept } from "./kept.ts";
import type { Priority } from "./names.ts";
import type { Became } from "./outcome.ts";

/** How it went. */
export type Ran =
  | { readonly how: "became"; readonly became: Became }
  /** A machine was lost while it ran, or may have. */
  | { readonly how: "lost"; readonly why: string }
  /** It did not begin, and nothing is wrong with it. */
  | { readonly how: "not_begun"; readonly why: string };

/** Who takes what comes during a run. */
export interface RanSink {
  readonly signal: AbortSignal;
  /** A machine is its own, or will be as soon as one is free. */
  placed(): void;
  /** Nobody waits for it: an agent whose output is not read drops it. */
  output(piece: OutputPiece): void;
}

/** Code that is always taken in a request: only more is worth a question. */
const SMALL_CODE = 32 * 1024;

const ranks: Record<Priority, number> = { high: 1, normal: 0, low: -1 };

/** Runs it. @param keepBytes How much of each stream the result has. */
export async function runJob(
  pool: Pool<Client>,
  job: Job,
  keepBytes: number,
  sink: RanSink,
): Promise<Ran> {
  const place = { tenant: job.tenant, priority: ranks[job.priority], signal: sink.signal };
  const simple = job.files.length === 0 && (job.code?.length ?? 0) <= SMALL_CODE;
  const kept = new Kept(keepBytes);
  const take = (piece: OutputPiece) => {
    kept.add(piece);
    sink.output(piece);
  };
  try {
    if (simple) {
      const code = job.code === null ? {} : { code: job.code };
      const run = pool.run({ ...job.run, ...code, ...place, stream: true });
      sink.placed();
      for await (const piece of run) take(piece);
      return became(await run.result, kept);
    }
    const leasing = pool.lease(place);
    sink.placed();
    await using lease = await leasing;
    return became(await runThere(lease.client, job, sink.signal, take), kept);
  } catch (error) {
    return whatItMeans(error);
  }
}

/** Puts the files on a machine, and runs. */
async function runThere(
  client: Client,
  { files, code, run }: Job,
  signal: AbortSignal,
  take: (piece: OutputPiece) => void,
): Promise<Result> {
  for (const { path, content, mode } of files) await client.put(path, content, { mode });
  const program = code === null ? {} : await programOf(client, code);
  if (signal.aborted) throw new PoolError("cancelled", "It was cancelled before it ran");
  const going = client.run({ ...run, ...program, signal, stream: true });
  for await (const piece of going) take(piece);
  return await going.result;
}

/** A program that is too large for a request is put into the sandbox, and run from there. */
async function programOf(
  client: Client,
  code: Uint8Array,
): Promise<Pick<RunOptions, "code" | "entry">> {
  const { code_bytes } = (await client.info()).limits;
  if (typeof code_bytes !== "number" || code.length <= code_bytes) return { code };
  await client.put("program", code, { mode: 0o755 });
  return { entry: "program" };
}

function became({ output: _, bytes: _b, id: _i, ...result }: Result, kept: Kept): Ran {
  const [stdout, stderr] = (["stdout", "stderr"] as const).map((name) => {
    const { total } = result[name];
    return { ...result[name], dropped: total - kept.of(name).length };
  });
  const output = { stdout: kept.of("stdout"), stderr: kept.of("stderr") };
  return {
    how: "became",
    became: { kind: "result", result: { ...result, stdout, stderr, output } },
  };
}

function whatItMeans(error: unknown): Ran {
  if (error instanceof RequestError) {
    const { code, message } = error;
    if (code === "busy" || code === "internal") return { how: "lost", why: message };
    return { how: "became", became: { kind: "refused", code, why: message } };
  }
  if (error instanceof TypeError) {
    return { how: "became", became: { kind: "refused", code: "bad_request", why: error.message } };
  }
  if (!(error instanceof PoolError)) return { how: "lost", why: String(error) };
  if (error.kind === "cancelled") return { how: "became", became: { kind: "cancelled" } };
  if (error.kind === "lost") return { how: "lost", why: error.message };
  return { how: error.began === "no" ? "not_begun" : "lost", why: error.message };
}
