// Counts what an agent has: processes, descriptors, mounts, files; it also measures memory.
//
// A difference between a census before a job and one after it is a leak. It looks from outside,
// through /proc, so it does not depend on what the agent says about itself.

import assert from "node:assert/strict";

/** The counts at one moment. */
export interface Census {
  /** Number of processes below the agent, by kernel name and user. */
  readonly processes: Readonly<Record<string, number>>;
  /** Number of the agent's open descriptors, by target without inode numbers. */
  readonly descriptors: Readonly<Record<string, number>>;
  /** Mounts of the test's own mount namespace that the agent could have made. */
  readonly mounts: number;
  /** Files in the watched directories that belong to the agent's or the job's ids. */
  readonly files: readonly string[];
}

/**
 * Ids that, outside of sandboxes, only the agent and its jobs have: nobody, the zygote's, the
 * job's.
 */
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

/** Whether a process exists and is not a zombie. */
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

/** The children of `pid`, zombies included, in the order of their numbers. */
export function childrenOf(pid: number): number[] {
  return pids().filter((each) => Number(stat(each)[1]) === pid).sort((a, b) => a - b);
}

/**
 * Every process of the system whose environment contains `NAME=value`, wherever it is in the
 * process tree.
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

/** What a process has open: the targets of its descriptors (proc_pid_fd(5)). */
export function openFiles(pid: number): string[] {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/${pid}/fd/${name}`)];
    } catch {
      return []; // Closed while we looked.
    }
  });
}

const COUNT_OF_SOCKETS = /^\/proc\/\d+\/net\/sockstat/;
/** With four sandboxes ahead, one of a run, one of a run that is over, and two that are kept. */
const MOST_NETWORKS = 8;

function descriptors(pid: number): string[] {
  try {
    const targets = openFiles(pid).map((target) => target.replace(/\[\d+\]$/, "[]"));
    const others = targets.filter((target) => !COUNT_OF_SOCKETS.test(target));
    // Some are kept for the next sandboxes, one more or less; see agent/pool/networks.ts.
    const networks = targets.length - others.length;
    return networks > MOST_NETWORKS ? [...others, `${networks} networks`] : others;
  } catch {
    return ["unreadable"];
  }
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
      // It does not exist, or disappeared while we looked.
    }
  }
  return found.sort();
}

/** Counts everything that belongs to the agent `pid`. */
export function census(pid: number): Census {
  return {
    processes: tally(descendants(pid).map(describe)),
    descriptors: tally(descriptors(pid)),
    mounts: read("/proc/self/mountinfo").split("\n").filter((line) => / \/sandbox[ /]/.test(line))
      .length,
    files: files(),
  };
}

/** A census that has not changed for a while: what is made ahead is there. */
export async function censusAtRest(pid: number, stillMs = 400, limitMs = 10_000): Promise<Census> {
  const end = Date.now() + limitMs;
  let last = census(pid);
  for (let since = Date.now(); Date.now() - since < stillMs;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = census(pid);
    if (JSON.stringify(now) !== JSON.stringify(last)) since = Date.now();
    last = now;
    if (Date.now() > end) throw new Error("The agent does not come to rest");
  }
  return last;
}

/** Memory of a process in bytes: VmRSS in /proc/PID/status. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? NaN) * 1024;
}

/** Fails when two censuses differ. */
export function assertSame(before: Census, after: Census): void {
  assert.deepEqual(after, before);
}

/** Repeats the census until it equals `before`. Fails if it still differs after `limitMs`. */
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
