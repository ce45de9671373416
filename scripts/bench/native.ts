// The compiled programs of the bench: peers written in C, made once and kept in the cache.
//
// They are compiled on the measuring machine, so that a peer never differs from what its source says.

import { cacheDirectory, root } from "../build/paths.ts";
import { commandText, findProgram } from "../build/command.ts";

/** Paths of the compiled programs. */
export interface Native {
  /** Only exit(0), without libc. */
  readonly tiny: string;
  /** spawn, namespaces, echo: see native/peer.c. */
  readonly peer: string;
}

const flags = {
  tiny: ["-Os", "-static", "-nostdlib", "-ffreestanding", "-Wl,--build-id=none", "-s"],
  peer: ["-O2"],
};

/** Compiles what is missing or older than its source; null where there is no C compiler. */
export async function buildNative(): Promise<Native | null> {
  const cc = findProgram("cc");
  if (cc === null) return null;
  const directory = `${cacheDirectory}/bench`;
  await Deno.mkdir(directory, { recursive: true });
  const build = async (name: keyof typeof flags): Promise<string> => {
    const source = `${root}/scripts/bench/native/${name}.c`;
    const program = `${directory}/${name}`;
    const made = await Deno.stat(program).catch(() => null);
    if (made === null || made.mtime! < (await Deno.stat(source)).mtime!) {
      await commandText(cc, [...flags[name], "-o", program, source]);
    }
    return program;
  };
  return { tiny: await build("tiny"), peer: await build("peer") };
}

/** Milliseconds of `count` starts of a program, each posix_spawn + waitpid by the C peer. */
export async function spawnTimes(
  native: Native,
  count: number,
  pauseMs: number,
  argv: readonly string[],
): Promise<number[]> {
  return await times(native, ["spawn", String(count), String(pauseMs * 1000), ...argv]);
}

/** Milliseconds of `count` forks into six new namespaces. Needs root. */
export async function namespaceTimes(
  native: Native,
  count: number,
  pauseMs: number,
): Promise<number[]> {
  return await times(native, ["namespaces", String(count), String(pauseMs * 1000)]);
}

async function times(native: Native, args: string[]): Promise<number[]> {
  const text = await commandText(native.peer, args);
  return text.trim().split("\n").map((line) => Number(line) / 1e6);
}
