// Compiles the walker, runs it part by part, and collects what it printed.

import type { Client, RunOptions } from "../../controller/client.ts";
import type { Result } from "../../controller/run.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { projectRoot } from "../helpers/agent.ts";
import { callLines } from "./calls.ts";

const folder = `${projectRoot}tests/census/walker`;

/** Compiles the walker with `compiler` into the file `output`. Throws with its message. */
export async function compileWalker(compiler: string, output: string): Promise<void> {
  const sources = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".c")).map((name) => `${folder}/${name}`);
  // Pages of 4 KiB; otherwise the file would be larger than the code of a request may be.
  const flags = ["-Os", "-s", "-Wall", "-fPIE", "-pie", "-Wl,-z,max-page-size=4096"];
  const { success, stderr } = await new Deno.Command(compiler, {
    args: [...flags, "-o", output, ...sources],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot compile the walker: ${new TextDecoder().decode(stderr)}`);
}

/** The walker's bytes, compiled for this machine. */
export async function walkerCode(): Promise<Uint8Array<ArrayBuffer>> {
  const path = await Deno.makeTempFile({ prefix: "sallyport-walker-" });
  try {
    await compileWalker("/usr/bin/cc", path);
    return await Deno.readFile(path);
  } finally {
    await Deno.remove(path);
  }
}

/** What to walk. */
export interface Walk {
  /** How the walker is run: everything but the part, which follows its arguments. */
  readonly run: RunOptions;
  readonly arch: Arch;
  /** Directories that are told by the kinds of what they hold; undefined: no files at all. */
  readonly trees?: readonly string[];
  /** How long one part may take, in milliseconds. */
  readonly partMs?: number;
}

/** Runs every part, each in a sandbox of its own, and returns the lines in a stable order. */
export async function walk(
  client: Client,
  { run, arch, trees, partMs = 30_000 }: Walk,
): Promise<string[]> {
  const parts = [["proc"], ["own"], ["reach"], ["calls"]];
  if (trees !== undefined) parts.push(["files", ...trees]);
  const found: string[] = [];
  for (const part of parts) {
    const args = [...run.args ?? [], ...part];
    const result = await client.run({ timeout_ms: partMs, ...run, args }).result;
    const lines = linesOf(part[0], result);
    found.push(...part[0] === "calls" ? callLines(lines, arch, result.denied) : lines);
  }
  return [...new Set(found)].sort();
}

function linesOf(part: string, { output, ...result }: Result): string[] {
  const text = new TextDecoder().decode(output.stdout);
  const lines = text.trimEnd().split("\n");
  if (result.exit_code !== 0 || lines.pop() !== "end") {
    const said = new TextDecoder().decode(output.stderr);
    throw new Error(`The part "${part}" did not end well: ${JSON.stringify(result)} ${said}`);
  }
  return lines;
}
