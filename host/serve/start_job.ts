// Begins a run: by the pool itself, or, where files or input go with it, on a machine that is leased
// for it.

import type { Pool } from "../pool/pool.ts";
import type { Job, JobOptions } from "./job.ts";
import { LeasedJob } from "./leased_job.ts";

/** Begins it. */
export function startJob(pool: Pool, options: JobOptions): Job {
  const { run, files, get, stdin } = options;
  if (files.length > 0 || get.length > 0 || stdin !== undefined) {
    return new LeasedJob(pool, options);
  }
  const begun = pool.run(run);
  const result = begun.result.then(({ job: _, machine, attempts, waitedMs, ...result }) => (
    { result, machine, attempts, waitedMs, files: [] }
  ));
  result.catch(() => {});
  return {
    began: begun.began,
    result,
    [Symbol.asyncIterator]: () => begun[Symbol.asyncIterator](),
  };
}
