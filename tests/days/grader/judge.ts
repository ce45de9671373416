// A grader for C++: builds a submission once, runs what was built on each input, and judges.
//
// The compiler runs by itself, so that what is fetched is the compiler's work: a program that had
// run could have changed its own file. Each run has a sandbox that nothing ran in before.

import type { Client, Result } from "../../../controller/client.ts";
import type { Test } from "./problems.ts";
import type { Verdict } from "./submissions.ts";

/** What a run may use. Output is counted on both streams, and is kept up to this size. */
export const limits = {
  timeout_ms: 500,
  memory_bytes: 64 << 20,
  output_total_bytes: 1 << 20,
};

const compile = "exec g++ -O2 -std=gnu++17 -w -o main main.cpp -pthread";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Compiles a submission. Returns the program, or null where that failed. */
export async function build(
  client: Client,
  code: string,
  timeout_ms: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  await client.reset();
  await client.put("main.cpp", code);
  const { status, exit_code } = await client.run({
    language: "sh",
    profile: "programs",
    code: compile,
    timeout_ms,
    limits: { memory_bytes: 1 << 29 },
  }).result;
  return status === "exited" && exit_code === 0 ? await client.get("main") : null;
}

/** Runs the program on one input, in a sandbox of its own. */
export async function runOn(client: Client, program: Uint8Array, input: string): Promise<Result> {
  const { timeout_ms, ...own } = limits;
  await client.put("main", program, { mode: 0o755 });
  // Streamed: input that comes with the request must fit into one line of it.
  const request = { language: "cpp", entry: "main", stdin: { stream: true }, timeout_ms } as const;
  const run = client.run({ ...request, limits: own });
  await run.write(encoder.encode(input));
  await run.closeStdin();
  return await run.result;
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== "").join(" ");

/** What a run was worth. Blanks do not count. */
export function verdictOf({ status, limit, exit_code, output }: Result, { answer }: Test): Verdict {
  if (status === "timeout" || limit === "cpu") return "TLE";
  if (limit === "memory") return "MLE";
  if (limit === "output") return "OLE";
  if (status !== "exited" || exit_code !== 0) return "RE";
  return words(decoder.decode(output.stdout)) === words(answer) ? "AC" : "WA";
}
