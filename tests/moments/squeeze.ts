// Leaves a process hardly more descriptors or memory than it has, and gives them back.
//
// Only the soft limit is lowered: that is what the kernel enforces, and it can be raised again by
// anyone. What the process starts meanwhile inherits it, so giving back looks at its descendants too.

import { RLIMIT_AS, RLIMIT_NOFILE } from "../../linux/constants.ts";
import { prlimit } from "../../linux/process.ts";
import { descendants } from "../helpers/census.ts";
import { hasEnded } from "../helpers/has_ended.ts";

const UNIT = 64 * 1024;

/** The two limits, by the kernel's numbers and as others call them. */
const resources = {
  nofile: { number: RLIMIT_NOFILE, line: "Max open files" },
  as: { number: RLIMIT_AS, line: "Max address space" },
} as const;
type Resource = keyof typeof resources;

/** The kernel's RLIM_INFINITY. */
const INFINITY = 0xffff_ffff_ffff_ffffn;

/** A limit that was lowered. */
export interface Squeezed {
  /** Gives it back to the process and to all that it has started. */
  release(): Promise<void>;
}

/**
 * How often, and with which pauses, it is given back: what is being cloned has the limit already, and
 * is seen only later.
 */
const ROUNDS = 6, PAUSE_MS = 20;

/** Lowers RLIMIT_NOFILE to `room` above the lowest descriptor that is free, or below it. */
export function squeezeDescriptors(pid: number, room: number): Squeezed | null {
  const used = new Set([...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => Number(name)));
  let free = 3;
  while (used.has(free)) free++;
  return squeeze(pid, "nofile", BigInt(Math.max(3, free + room)));
}

/** Lowers RLIMIT_AS to `room` times 64 KiB above what is mapped. */
export function squeezeMemory(pid: number, room: number): Squeezed | null {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const kib = Number(/^VmSize:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN);
  return Number.isNaN(kib) ? null : squeeze(pid, "as", BigInt(kib * 1024 + room * UNIT));
}

function squeeze(pid: number, resource: Resource, to: bigint): Squeezed | null {
  const had = limitOf(pid, resource);
  if (to >= had.soft) return null;
  setSoft(pid, resource, to, had.hard);
  if (limitOf(pid, resource).soft !== to) throw new Error(`${pid} keeps its limit of ${resource}`);
  return {
    async release() {
      for (let round = 0; round < ROUNDS; round++) {
        if (round > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        for (const each of [pid, ...descendants(pid)]) giveBack(each, resource, to, had.soft);
      }
    },
  };
}

function giveBack(pid: number, resource: Resource, from: bigint, to: bigint): void {
  try {
    const { soft, hard } = limitOf(pid, resource);
    if (soft === from) setSoft(pid, resource, to < hard ? to : hard, hard);
  } catch (error) {
    // It has ended. Where it has not, it is left with its limit, and the next job will not run.
    if (!hasEnded(error)) throw error;
  }
}

/** proc_pid_limits(5): everybody may read it. */
function limitOf(pid: number, resource: Resource): { soft: bigint; hard: bigint } {
  const { line } = resources[resource];
  const text = Deno.readTextFileSync(`/proc/${pid}/limits`);
  const [, soft, hard] = new RegExp(`^${line} +(\\d+|unlimited) +(\\d+|unlimited)`, "m")
    .exec(text) ?? [];
  // A process that has just ended shows an empty file.
  if (soft === undefined) throw new Deno.errors.NotFound(`no limits of ${pid}`);
  const value = (word: string) => word === "unlimited" ? INFINITY : BigInt(word);
  return { soft: value(soft), hard: value(hard) };
}

/** Sets a soft limit of another process: as root, or where that is not enough, as its own user. */
function setSoft(pid: number, resource: Resource, soft: bigint, hard: bigint): void {
  try {
    prlimit(pid, resources[resource].number, { soft, hard });
  } catch (error) {
    if (!/EPERM/.test(String(error))) throw error;
    const uid = /^Uid:\t(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))![1];
    const word = (limit: bigint) => limit === INFINITY ? "unlimited" : String(limit);
    const value = `--${resource}=${word(soft)}:${word(hard)}`;
    const { success, stderr } = new Deno.Command("setpriv", {
      args: ["--reuid", uid, "--regid", uid, "--clear-groups", "prlimit", "--pid", `${pid}`, value],
    }).outputSync();
    if (!success) throw new Error(`Cannot set a limit: ${new TextDecoder().decode(stderr)}`);
  }
}
