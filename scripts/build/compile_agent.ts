// `deno compile` of the agent with exactly the permissions it needs, and a test run of the result.
//
// A wrong base binary gives a program that ignores the agent and behaves as Deno's own command
// line, with every permission. So a binary is kept only if it prints its own build id.

import { commandText } from "../tools/command.ts";
import { checkProgram } from "../tools/elf_machine.ts";

/** The processors for which a binary can be made. */
export type Target = "x86_64" | "aarch64";

/**
 * Path of libc on each of them: the only library the agent may open (--allow-ffi takes exactly this
 * path).
 */
export const libcPaths: Readonly<Record<Target, string>> = {
  x86_64: "/lib/x86_64-linux-gnu/libc.so.6",
  aarch64: "/lib/aarch64-linux-gnu/libc.so.6",
};

/**
 * V8's flags. disallow-code-generation-from-strings: data never becomes code. optimize-for-size:
 * halves the heap under load, and calls into libc stay as fast. no-enable-lazy-source-positions:
 * without it, the first thrown error makes V8 read the whole bundle again, which takes 5 ms.
 * initial-old-space-size (MiB): V8 first collects old objects when they reach this size, after
 * about 2,000 jobs. By default V8 waits for many thousands of jobs, and until then the agent grows
 * by 0.3 MB per thousand. min-semi-space-size (MiB): with V8's own smaller size, young objects are
 * collected twice during the start, 1.5 ms each. no-flush-bytecode: an agent that was idle for a while would compile its
 * code again at the next request. no-lazy-feedback-allocation: what a request needs is optimized
 * after fewer requests. The last two take a fifth off the time to the ACK and of a job.
 */
export const v8Flags = [
  "--disallow-code-generation-from-strings",
  "--optimize-for-size",
  "--initial-old-space-size=6",
  "--min-semi-space-size=1",
  "--no-enable-lazy-source-positions",
  "--no-flush-bytecode",
  "--no-lazy-feedback-allocation",
].join(",");

/** Every argument of `deno compile`, in order. */
export function compileArguments(target: Target, entry: string, output: string): string[] {
  return [
    "compile",
    "--quiet",
    "--no-config", // the bundle is complete: nothing of the project may be added to it
    "--no-lock",
    "--no-check",
    "--no-npm",
    "--no-remote",
    "--cached-only",
    "--no-prompt",
    "--no-code-cache", // would be stored in a temporary directory and loaded unchecked
    "--app-name=sallyport-agent",
    `--allow-ffi=${libcPaths[target]}`,
    `--v8-flags=${v8Flags}`,
    `--target=${target}-unknown-linux-gnu`,
    `--output=${output}`,
    entry,
  ];
}

/** Name of the environment variable with the path of the runtime for a processor. */
export function runtimeVariable(target: Target): string {
  return target === "x86_64" ? "DENORT_BIN" : "DENORT_BIN_AARCH64";
}

/**
 * There is no runtime to compile with: Deno's download host cannot be reached, and no runtime is
 * named.
 */
export class RuntimeMissing extends Error {
  override readonly name = "RuntimeMissing";

  /** `cause` is Deno's error. */
  constructor(target: Target, cause: unknown) {
    super(
      `Cannot compile for "${target}": Deno's runtime for compiled programs cannot be fetched from its own host, and ` +
        `${
          runtimeVariable(target)
        } names none (an image can carry Deno instead: deno task image --with-deno)`,
      { cause },
    );
  }
}

/**
 * The modification time of the compiled file, in seconds since 1970. It is stored in the binary, so
 * it must not vary.
 */
export const entryTime = 1;

/**
 * Compiles the agent. `runtime` is a path (DENORT_BIN). @throws {RuntimeMissing} if there is none.
 */
export async function compileAgent(
  target: Target,
  entry: string,
  output: string,
  runtime?: string,
): Promise<void> {
  await Deno.utime(entry, entryTime, entryTime);
  const env = { DENORT_BIN: runtime }; // not this process's own: it may be for another processor
  try {
    await commandText(Deno.execPath(), compileArguments(target, entry, output), { env });
  } catch (error) {
    const said = error instanceof Error ? error.message : "";
    // The archive of a runtime is named denort-...
    if (/error sending request for url \(.*\/denort-/.test(said)) {
      throw new RuntimeMissing(target, error);
    }
    throw error;
  }
  try {
    await checkProgram(output, target);
  } catch (error) {
    await Deno.remove(output);
    throw error;
  }
}

/**
 * Refuses a binary whose `--version` does not print the build id. `emulator` is put before its
 * command.
 */
export async function smokeRun(
  binary: string,
  buildId: string,
  emulator: readonly string[] = [],
): Promise<string> {
  const [program, ...args] = [...emulator, binary, "--version"];
  const said = await commandText(program, args, { timeoutMs: 60_000 });
  if (!said.includes(buildId)) {
    throw new Error(
      `Cannot use "${binary}": it does not run the agent (it printed "${said.slice(0, 120)}"); ` +
        "is the runtime it was made from Deno's denort?",
    );
  }
  return said;
}

/** The shortest of several runs of `--version`, in milliseconds. */
export async function startUpMs(binary: string, runs = 7): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await commandText(binary, ["--version"]);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
