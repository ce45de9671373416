// Counts what an agent holds: processes, descriptors, mounts, memory, files.
//
// Taken before and after a job, two censuses that differ are a leak. It looks from outside, through
// /proc, so that nothing the agent says about itself is believed.

import assert from "node:assert/strict";

/** What was counted at one moment. */
export interface Census {
  /** Every process below the agent: how many, by the name the kernel has for it and its user. */
  readonly processes: Readonly<Record<string, number>>;
  /** The agent's open descriptors, by what they lead to without inode numbers. */
  readonly descriptors: Readonly<Record<string, number>>;
  /** Mounts of the test's own mount namespace that the agent could have made. */
  readonly mounts: number;
  /** Files in the watched directories that belong to the agent's or the job's ids. */
  readonly files: readonly string[];
}

/** Ids that only the agent and its jobs have outside: nobody, the zygote's, the job's. */
const ownIds = new Set([65534, 65532, 65533]);
const watched = ["/tmp", "/var/tmp", "/dev/shm", "/run"];

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function pids(): number[] {
  return [...Deno.readDirSync("/proc")].map((entry) => Number(entry.name)).filter(Number.isInteger);
}

/** Fields of /proc/PID/stat after the name: [0] is the state, [1] the parent. */
function stat(pid: number): string[] {
  const text = read(`/proc/${pid}/stat`);
  return text === "" ? [] : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Whether a process is there and not a zombie. */
export function isAlive(pid: number): boolean {
  const state = stat(pid)[0];
  return state !== undefined && state !== "Z" && state !== "X";
}

/** Every process below `pid`, zombies included, in the whole system. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const each of pids()) {
    const parent = Number(stat(each)[1]);
    if (!children.has(parent)) children.set(parent, []);
    children.get(parent)!.push(each);
  }
  const found: number[] = [];
  const open = [pid];
  while (open.length > 0) {
    const below = children.get(open.pop()!) ?? [];
    found.push(...below);
    open.push(...below);
  }
  return found;
}

/**
 * Every process of the whole system whose environment holds `NAME=value`, wherever it hangs in the
 * tree.
 */
export function marked(mark: string): number[] {
  return pids().filter((pid) =>
    pid !== Deno.pid && read(`/proc/${pid}/environ`).split("\0").includes(mark)
  );
}

function tally(names: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort());
}

function describe(pid: number): string {
  const status = read(`/proc/${pid}/status`);
  const name = /^Name:\t(.*)$/m.exec(status)?.[1] ?? "gone";
  const state = stat(pid)[0] === "Z" ? " zombie" : "";
  return `${name} uid ${/^Uid:\t\d+\t(\d+)/m.exec(status)?.[1] ?? "?"}${state}`;
}

function descriptors(pid: number): string[] {
  const links: string[] = [];
  try {
    for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
      try {
        links.push(Deno.readLinkSync(`/proc/${pid}/fd/${name}`).replace(/\[\d+\]$/, "[]"));
      } catch {
        // Closed while we looked.
      }
    }
  } catch {
    return ["unreadable"];
  }
  return links;
}

function files(): string[] {
  const found: string[] = [];
  for (const directory of watched) {
    try {
      for (const { name } of Deno.readDirSync(directory)) {
        const path = `${directory}/${name}`;
        const uid = Deno.lstatSync(path).uid;
        if (uid !== null && ownIds.has(uid)) found.push(path);
      }
    } catch {
      // Not there, or gone while we looked.
    }
  }
  return found.sort();
}

/** Counts everything that hangs on the agent `pid`. */
export function census(pid: number): Census {
  return {
    processes: tally(descendants(pid).map(describe)),
    descriptors: tally(descriptors(pid)),
    mounts: read("/proc/self/mountinfo").split("\n").filter((line) => / \/sandbox[ /]/.test(line))
      .length,
    files: files(),
  };
}

/** Memory of a process in bytes: VmRSS of /proc/PID/status. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? NaN) * 1024;
}

/** Fails when two censuses differ. */
export function assertSame(before: Census, after: Census): void {
  assert.deepEqual(after, before);
}

/**
 * Counts until the agent holds what it held before, and fails if it still does not after `limitMs`.
 */
export async function assertSettles(pid: number, before: Census, limitMs = 3000): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    try {
      return assertSame(before, census(pid));
    } catch (difference) {
      if (Date.now() > end) throw difference;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
