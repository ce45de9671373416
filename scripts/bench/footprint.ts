// What an idle agent holds in memory, and what the project adds to the Deno runtime in size.

import { descendants } from "../../tests/helpers/census.ts";
import { makeBundle } from "../build/bundle.ts";
import { root } from "../build/paths.ts";

/** Memory of one process in KiB, as /proc/PID/smaps_rollup says it (proc_pid_smaps_rollup(5), proc(5)). */
export interface Memory {
  readonly rssKib: number;
  readonly pssKib: number;
  /** Pages of its own: heap, JIT, stacks. */
  readonly pssAnonKib: number;
  /** Pages of files, mostly Deno's executable. */
  readonly pssFileKib: number;
}

/** Memory of a process. Needs root, or a process of one's own that may be traced. */
export function memoryOf(pid: number): Memory {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const field = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? NaN);
  return {
    rssKib: field("Rss"),
    pssKib: field("Pss"),
    pssAnonKib: field("Pss_Anon"),
    pssFileKib: field("Pss_File"),
  };
}

/** Memory of each launcher below the agent: zygote, keeper, runner. */
export function launchersOf(agent: number): Memory[] {
  return descendants(agent).map(memoryOf);
}

/** Bytes of the minified agent with its npm packages: all that is added to Deno. */
export async function bundleBytes(): Promise<number> {
  const directory = await Deno.makeTempDir({ prefix: "sallyport-bench-" });
  try {
    const { code } = await makeBundle(`${root}/agent/main.ts`, directory);
    return new TextEncoder().encode(code).length;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A Deno that runs an empty program and stays, for as long as `look` takes. */
export async function withIdleDeno<T>(directory: string, look: (pid: number) => T): Promise<T> {
  const file = `${directory}/idle.ts`;
  await Deno.writeTextFile(file, "console.log('up'); setInterval(() => {}, 1e6);\n");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--cached-only", "--no-config", file],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    return look(child.pid);
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}
