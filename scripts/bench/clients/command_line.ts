// The command line as a client: each run is a process, and its start is part of the time.

import { highWaterKib } from "../footprint.ts";
import type { BenchClient } from "./driven.ts";

/** The exit code of a run whose time was over: what came until then counts. */
const timedOut = 124;

/** A client that runs `command`, the command line without its own words. */
export function commandLine(command: readonly string[], target: string): BenchClient {
  let peakKib = 0;
  const run = (...words: string[]) =>
    new Deno.Command(command[0], {
      args: [...command.slice(1), "-t", target, "run", "-l", "sh", ...words],
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  return {
    async hello() {
      const began = performance.now();
      const { code, stdout, stderr } = await run("-c", "echo hello").output();
      const ms = performance.now() - began;
      if (code === 0 && new TextDecoder().decode(stdout) === "hello\n") return ms;
      throw new Error(`Cannot say hello: exit ${code}: ${new TextDecoder().decode(stderr)}`);
    },
    async output(size) {
      const limits = ["--timeout", "30s", "--output", `${size}B`];
      const began = performance.now();
      const child = run(...limits, "-c", `exec head -c ${size} /dev/zero`).spawn();
      const said = new Response(child.stderr).text();
      let [bytes, seen] = [0, 0];
      for await (const chunk of child.stdout) {
        bytes += chunk.length;
        // It may end at any time after its last byte: its memory is looked at while it writes.
        if (bytes - seen < size / 64) continue;
        seen = bytes;
        peakKib = Math.max(peakKib, highWaterOf(child.pid));
      }
      const { code } = await child.status;
      const ms = performance.now() - began;
      if (code !== 0 && code !== timedOut) {
        throw new Error(`Cannot stream: exit ${code}: ${await said}`);
      }
      return { bytes, dropped: lostOf(await said), ms };
    },
    peakMib: () => peakKib / 1024,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** The bytes that it says were lost, in a line of its own. */
function lostOf(said: string): number {
  return Number(/(\d+) bytes? of output were lost/.exec(said)?.[1] ?? 0);
}

/** 0 for a process that has just ended. */
function highWaterOf(pid: number): number {
  try {
    const kib = highWaterKib(pid);
    return Number.isNaN(kib) ? 0 : kib; // a zombie has none
  } catch {
    return 0;
  }
}
