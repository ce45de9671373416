// `deno compile` of the agent with exactly what it may do, and a run of the result that shows it
// does.
//
// A wrong base binary gives a program that ignores the agent and answers with Deno's own command
// line, with every permission: so nothing is kept that does not print its own build id.

import { commandText } from "../tools/command.ts";
import { checkProgram } from "../tools/elf_machine.ts";

/** The processors a binary can be made for. */
export type Target = "x86_64" | "aarch64";

/**
 * Where libc is on each of them: the one library the agent may open (--allow-ffi takes this very
 * path).
 */
export const libcPaths: Readonly<Record<Target, string>> = {
  x86_64: "/lib/x86_64-linux-gnu/libc.so.6",
  aarch64: "/lib/aarch64-linux-gnu/libc.so.6",
};

/**
 * V8's flags: no code from strings, so data never becomes code; optimize-for-size, which halves the
 * heap under work and leaves calls into libc as fast; and source positions from the start, or the
 * first error that is thrown makes V8 read the whole bundle again, which takes 5 ms.
 * initial-old-space-size (MiB): old objects are collected for the first time when there are that
 * many, after about 2,000 jobs. Left to itself V8 waits for many thousands, and the agent grows by
 * 0.3 MB in each thousand until then.
 */
export const v8Flags = [
  "--disallow-code-generation-from-strings",
  "--optimize-for-size",
  "--initial-old-space-size=6",
  "--no-enable-lazy-source-positions",
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
    "--no-code-cache", // would be kept in a temporary directory and loaded unchecked
    "--app-name=sallyport-agent",
    `--allow-ffi=${libcPaths[target]}`,
    `--v8-flags=${v8Flags}`,
    `--target=${target}-unknown-linux-gnu`,
    `--output=${output}`,
    entry,
  ];
}

/** Name of the environment variable that names the runtime for a processor. */
export function runtimeVariable(target: Target): string {
  return target === "x86_64" ? "DENORT_BIN" : "DENORT_BIN_AARCH64";
}

/** There is no runtime to compile with: Deno's own host cannot be reached, and none is named. */
export class RuntimeMissing extends Error {
  override readonly name = "RuntimeMissing";

  /** `cause` is what Deno said. */
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
 * The time given to the file that is compiled, in seconds since 1970: the binary holds it, so it
 * must not vary.
 */
export const entryTime = 1;

/** Compiles. `runtime` names one (DENORT_BIN). @throws {RuntimeMissing} where none can be had. */
export async function compileAgent(
  target: Target,
  entry: string,
  output: string,
  runtime?: string,
): Promise<void> {
  await Deno.utime(entry, entryTime, entryTime);
  const env = { DENORT_BIN: runtime }; // never this process's own: it may be for another processor
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

/** Refuses a binary whose `--version` does not print the build id. `emulator` is put before it. */
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
