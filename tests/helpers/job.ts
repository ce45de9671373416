// Runs one program in an agent through the client library, and returns everything known about it.
//
// Every job has a mark in its environment, by which its processes can be found anywhere in the
// system.

import { type Client, connect, type RunOptions } from "../../controller/client.ts";
import type { Result } from "../../controller/run.ts";
import { marked } from "./census.ts";
import { fixture } from "./fixture.ts";

/** A finished job. */
export interface Job {
  readonly result: Result;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Processes of the job that were still alive when its result arrived. */
  readonly left: readonly number[];
}

const decoder = new TextDecoder();

/** Output as text. */
export function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** A mark that no other job has: `NAME=value`. */
export function newMark(): { name: string; value: string; text: string } {
  const name = "SALLYPORT_MARK";
  const value = crypto.randomUUID();
  return { name, value, text: `${name}=${value}` };
}

/** Runs a program to its end. */
export async function runJob(client: Client, options: RunOptions): Promise<Job> {
  const mark = newMark();
  const run = client.run({ ...options, env: { ...options.env, [mark.name]: mark.value } });
  const streamed = { stdout: new Uint8Array(0), stderr: new Uint8Array(0) };
  if (options.stream) {
    for await (const { stream, bytes } of run) {
      const joined = new Uint8Array(streamed[stream].length + bytes.length);
      joined.set(streamed[stream]);
      joined.set(bytes, streamed[stream].length);
      streamed[stream] = joined;
    }
  }
  const result = await run.result;
  const left = marked(mark.text);
  return { result, left, ...(options.stream ? streamed : result.output) };
}

const nextPrograms: Record<string, string> = {
  python: 'print("next")',
  sh: "echo next",
  node: 'console.log("next")',
  perl: 'print "next\\n"',
  ruby: 'puts "next"',
};

/** The simplest program of a language, which prints "next". */
export async function nextProgram(language: string): Promise<string | Uint8Array> {
  return nextPrograms[language] ?? (await fixture("next.c")).code;
}

/** Runs the simplest program of a language; throws when that fails. */
export async function runNext(client: Client, language: string): Promise<void> {
  const job = await runJob(client, {
    language,
    code: await nextProgram(language),
    timeout_ms: 10_000,
  });
  if (job.result.status !== "exited" || text(job.stdout) !== "next\n") {
    throw new Error(`The next job did not run: ${JSON.stringify(job.result)} ${text(job.stderr)}`);
  }
}

export { type Client, connect };
