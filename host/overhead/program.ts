// A server as a process of its own, for measuring it from outside.

import { root } from "../../scripts/tools/paths.ts";

/** A server that runs. Disposing ends it, and waits for its end. */
export interface Program extends AsyncDisposable {
  readonly process: Deno.ChildProcess;
}

/** Starts it. Whether it is ready is the caller's to find out. */
export function startProgram(args: readonly string[]): Program {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-vsock", ...args],
    cwd: root,
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    process,
    async [Symbol.asyncDispose]() {
      try {
        process.kill("SIGTERM");
      } catch {
        // it has ended by itself
      }
      await process.status;
    },
  };
}

/** Calls until it returns something. @throws Error with what it threw last, after `limitMs` */
export async function untilIt<Value>(
  what: string,
  call: () => Promise<Value>,
  limitMs = 30_000,
): Promise<Value> {
  const start = performance.now();
  for (;;) {
    try {
      return await call();
    } catch (cause) {
      if (performance.now() - start > limitMs) throw new Error(`No ${what}: ${cause}`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
