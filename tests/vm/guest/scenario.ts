// What a scenario in the guest is, and the few shapes that most of them have.
//
// Scenarios run one after another in the same guest, over AF_VSOCK, through the client that users
// have. Each takes one thing and throws if it is not so; that the next one runs is part of what
// each of them shows.

import assert from "node:assert/strict";
import { type Client, connect, RequestError, type RunOptions } from "../../../controller/client.ts";
import type { Result } from "../../../controller/run.ts";

/** What a scenario is given. */
export interface Stage {
  /** "firecracker:SOCKET:PORT" or "vsock:CID:PORT". */
  target: string;
  /** The guest's processor: syscall numbers are its. */
  arch: "x86_64" | "aarch64";
}

/** One scenario. */
export interface Scenario {
  name: string;
  run: (stage: Stage) => Promise<void>;
}

/** Thrown where the machine lacks what a scenario needs: counted and named, never a failure. */
export class Skip extends Error {
  override readonly name = "Skip";
}

/** Bytes of a mebibyte. */
export const MiB = 1 << 20;

/** Bytes as text. */
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Connects, runs `body`, closes. */
export async function withClient<T>(
  stage: Stage,
  body: (client: Client) => Promise<T>,
): Promise<T> {
  await using client = await connect(stage.target, { timeoutMs: 10_000 });
  return await body(client);
}

/** Runs one program; says everything when it does not end as `expected` has it. */
export async function job(
  stage: Stage,
  language: string,
  code: string | Uint8Array,
  expected: Partial<Result>,
  options: Partial<RunOptions> = {},
): Promise<{ result: Result; stdout: string; stderr: string }> {
  return await withClient(stage, async (client) => {
    const result = await client.run({ timeout_ms: 20_000, ...options, language, code }).result;
    const [stdout, stderr] = [text(result.output.stdout), text(result.output.stderr)];
    const { output: _, ...told } = result;
    const found = Object.fromEntries(
      Object.keys(expected).map((k) => [k, told[k as keyof typeof told]]),
    );
    assert.deepEqual(
      found,
      expected,
      `${JSON.stringify(told)}\n${stdout.slice(-300)}\n${stderr.slice(-600)}`,
    );
    assert.equal(result.survivors, 0);
    return { result, stdout, stderr };
  });
}

/** A Python program that exits with 0, and what its output must be. */
export const python = (
  name: string,
  code: string,
  check: (out: string) => void,
  options?: Partial<RunOptions>,
): Scenario => ({
  name,
  run: async (stage: Stage) => {
    const { stdout } = await job(
      stage,
      "python",
      code,
      { status: "exited", exit_code: 0 },
      options,
    );
    check(stdout.trim());
  },
});

/** A program, and how it must end. */
export const ended = (
  name: string,
  language: string,
  code: string,
  expected: Partial<Result>,
  options?: Partial<RunOptions>,
): Scenario => ({
  name,
  run: async (stage: Stage) => void await job(stage, language, code, expected, options),
});

/** Tries until it succeeds, for three seconds: what was cancelled takes a moment to be gone. */
export async function eventually(body: () => Promise<unknown>): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      await body();
      return;
    } catch (error) {
      if (tries === 30 || !(error instanceof RequestError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
