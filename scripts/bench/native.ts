// The compiled programs of the bench: peers written in C, compiled once and cached.
//
// They are compiled on the measuring machine, so that a peer always matches its source.

import { cacheDirectory, root } from "../tools/paths.ts";
import { commandText, findProgram } from "../tools/command.ts";

/** Paths of the compiled programs. */
export interface Native {
  /** Calls only exit(0), without libc. */
  readonly tiny: string;
  /** Writes the time of its first instruction, without libc. */
  readonly stamp: string;
  /** spawn, stamp, namespaces, echo, greet: see native/peer.c. */
  readonly peer: string;
}

/** What the C peer starts, and how often. */
export interface Starts {
  readonly argv: readonly string[];
  readonly count: number;
  /** Before each start. */
  readonly pauseMs: number;
  /** A file that each start gets as descriptor 5. */
  readonly file?: string;
  /** A command under which the peer itself runs, such as one that makes a new mount namespace. */
  readonly under?: readonly string[];
}

const small = ["-Os", "-static", "-nostdlib", "-ffreestanding", "-Wl,--build-id=none", "-s"];
const flags = { tiny: small, stamp: [...small, "-fno-stack-protector"], peer: ["-O2"] };

/**
 * Compiles the programs that are missing or older than their source. Null where there is no C
 * compiler.
 */
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
  return { tiny: await build("tiny"), stamp: await build("stamp"), peer: await build("peer") };
}

/** Milliseconds of each start of a program: posix_spawn and waitpid by the C peer. */
export async function spawnTimes(native: Native, starts: Starts): Promise<number[]> {
  return (await startAll(native, "spawn", starts)).map(([ms]) => ms);
}

/**
 * Milliseconds from the start of a program to its stamp, and from the stamp until its end is seen.
 */
export async function stampTimes(
  native: Native,
  starts: Starts,
): Promise<{ before: number[]; after: number[] }> {
  const pairs = await startAll(native, "stamp", starts);
  return { before: pairs.map(([before]) => before), after: pairs.map(([, after]) => after) };
}

/** Milliseconds of `count` forks into six new namespaces, or those of `flags`. Needs root. */
export async function namespaceTimes(
  native: Native,
  count: number,
  pauseMs: number,
  flags?: number,
): Promise<number[]> {
  const more = flags === undefined ? [] : [String(flags)];
  const args = ["namespaces", String(count), String(pauseMs * 1000), ...more];
  return (await times([native.peer, ...args])).map(([ms]) => ms);
}

async function startAll(native: Native, mode: string, starts: Starts): Promise<number[][]> {
  const { argv, count, pauseMs, file = "-", under = [] } = starts;
  const numbers = [String(count), String(pauseMs * 1000)];
  return await times([...under, native.peer, mode, ...numbers, file, ...argv]);
}

async function times([program, ...args]: readonly string[]): Promise<number[][]> {
  const text = await commandText(program, args);
  return text.trim().split("\n").map((line) => line.split(" ").map((ns) => Number(ns) / 1e6));
}
