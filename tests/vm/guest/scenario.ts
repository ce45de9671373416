// Defines a scenario in the guest, and the few shapes that most scenarios have.
//
// Scenarios run one after another in the same guest, over AF_VSOCK, through the client that users
// have. Each tests one thing and throws if it fails. It also shows that the guest still works after
// the scenario before.

import assert from "node:assert/strict";
import { type Client, connect, RequestError, type RunOptions } from "../../../controller/client.ts";
import type { Result } from "../../../controller/run.ts";

/** The input of a scenario. */
export interface Stage {
  /** "firecracker:SOCKET:PORT" or "vsock:CID:PORT". */
  target: string;
  /** The guest's processor, which determines the syscall numbers. */
  arch: "x86_64" | "aarch64";
}

/** One scenario. */
export interface Scenario {
  name: string;
  run: (stage: Stage) => Promise<void>;
}

/**
 * Thrown where the machine lacks something that a scenario needs: counted and named, never a
 * failure.
 */
export class Skip extends Error {
  override readonly name = "Skip";
}

/** Bytes of a mebibyte. */
export const MiB = 1 << 20;

/** Bytes as text. */
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Connects, runs `body` and closes the connection. */
export async function withClient<T>(
  stage: Stage,
  body: (client: Client) => Promise<T>,
): Promise<T> {
  await using client = await connect(stage.target, { timeoutMs: 10_000 });
  return await body(client);
}

/** Runs one program. If it does not end as `expected`, the error has its whole result. */
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

/** A Python program that must exit with 0, with a check of its output. */
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

/** The next job runs. */
export const goesOn = (stage: Stage) =>
  job(stage, "sh", "echo next", { status: "exited", exit_code: 0 }, { wait_ms: 10_000 });

/** Retries for three seconds until it succeeds: a cancelled run takes a moment to end. */
export const eventually = (body: () => Promise<unknown>): Promise<void> =>
  retried(body, (error) => error instanceof RequestError);

/**
 * A job runs within three seconds of a fault: those before it may be refused, or told that they did
 * not begin, as the fault was in the sandbox that waited for them.
 */
export const recovers = (stage: Stage): Promise<void> =>
  retried(async () => {
    const { status, step, errno, exit_code, survivors } = await withClient(
      stage,
      (client) => client.run({ language: "sh", code: "true", wait_ms: 10_000 }).result,
    );
    if (status === "failed") throw new NotBegun(`${step}: ${errno}`);
    assert.deepEqual([status, exit_code, survivors], ["exited", 0, 0]);
  }, (error) => error instanceof RequestError || error instanceof NotBegun);

/** What a run says whose sandbox did not do. */
class NotBegun extends Error {
  override readonly name = "NotBegun";
}

async function retried(
  body: () => Promise<unknown>,
  excused: (error: unknown) => boolean,
): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      await body();
      return;
    } catch (error) {
      if (tries === 30 || !excused(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
