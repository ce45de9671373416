// A run's result as JSON.

import type { Result } from "../../controller/client.ts";
import { contentOf } from "./content.ts";
import type { JobResult } from "./job.ts";
import type { RunResult } from "./run_schema.ts";

/** The answer. Output that was streamed is not in it again. */
export function runBody(id: string, job: JobResult, streamed: boolean, wanted: boolean): RunResult {
  const { result, machine, attempts, waitedMs, files } = job;
  const { type: _t, id: _i, bytes: _b, build, output, buildOutput, ...ended } = result;
  return {
    id,
    machine,
    attempts,
    waited_ms: waitedMs,
    ...ended,
    ...streams(ended, streamed ? undefined : output),
    ...build === undefined ? {} : { build: { ...build, ...streams(build, buildOutput) } },
    ...!wanted ? {} : {
      files: files.map((file) =>
        "error" in file ? file : { path: file.path, content: contentOf(file.bytes) }
      ),
    },
  };
}

function streams(
  { stdout, stderr }: Pick<Result, "stdout" | "stderr">,
  kept: Result["output"] | undefined,
): Pick<RunResult, "stdout" | "stderr"> {
  const stream = ({ total, dropped }: Result["stdout"], bytes: Uint8Array | undefined) => ({
    total,
    dropped,
    ...bytes === undefined ? {} : { content: contentOf(bytes) },
  });
  return { stdout: stream(stdout, kept?.stdout), stderr: stream(stderr, kept?.stderr) };
}
