// Who is below a process of this host.
//
// The kernel lists each thread's children (proc_pid_task_children(5)), so that a look costs as much
// as the family is large, however many others run. A kernel without CONFIG_PROC_CHILDREN has no such
// lists; there everything in /proc is looked through.

import { fieldsOf, type ProcessIdentity } from "./process_identity.ts";

/**
 * Everything alive below these processes, parents before their children. While a process ends, the
 * list of its parent may lack another: who must have all asks again until nobody is new.
 */
export function descendants(...pids: number[]): ProcessIdentity[] {
  return hasLists() ? byLists(pids) : byLooking(pids);
}

/**
 * The same for who is in no hurry. Where everything must be looked through, this thread does
 * something else meanwhile, and all who ask during one look share it.
 */
export async function familyOf(pids: readonly number[]): Promise<ProcessIdentity[]> {
  if (hasLists()) return byLists(pids);
  return below(pids, childrenIn(await sharedLook()));
}

let lists: boolean | undefined;

function hasLists(): boolean {
  lists ??= read(`/proc/${Deno.pid}/task/${Deno.pid}/children`) !== null;
  return lists;
}

/** By the lists of the family alone. */
export function byLists(pids: readonly number[]): ProcessIdentity[] {
  return below(pids, (pid) => {
    const found: ProcessIdentity[] = [];
    for (const thread of threadsOf(pid)) {
      const list = read(`/proc/${pid}/task/${thread}/children`)?.trim() ?? "";
      if (list === "") continue;
      for (const child of list.split(" ")) {
        found.push(...alive(Number(child)).map(({ pid, start }) => ({ pid, start })));
      }
    }
    return found;
  });
}

/** By a look at every process of this host. */
export function byLooking(pids: readonly number[]): ProcessIdentity[] {
  const names = [...Deno.readDirSync("/proc")].map(({ name }) => name);
  return below(pids, childrenIn(names.filter(isPid).flatMap((name) => alive(Number(name)))));
}

let looking: Promise<Process[]> | undefined;

/** All processes of this host. One look at a time. */
export function sharedLook(): Promise<Process[]> {
  looking ??= look().finally(() => looking = undefined);
  return looking;
}

async function look(): Promise<Process[]> {
  const found: Process[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!isPid(name)) continue;
    const text = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => null);
    if (text !== null) found.push(...processIn(Number(name), fieldsOf(text)));
  }
  return found;
}

/** A process, and its parent's pid. */
interface Process extends ProcessIdentity {
  readonly parent: number;
}

const isPid = (name: string) => /^\d+$/.test(name);

function childrenIn(all: readonly Process[]): (pid: number) => readonly ProcessIdentity[] {
  const children = Map.groupBy(all, ({ parent }) => parent);
  return (pid) => (children.get(pid) ?? []).map(({ pid, start }) => ({ pid, start }));
}

function below(
  pids: readonly number[],
  childrenOf: (pid: number) => readonly ProcessIdentity[],
): ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  const open = [...pids];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    for (const child of childrenOf(next)) {
      found.push(child);
      open.push(child.pid);
    }
  }
  return found;
}

function alive(pid: number): Process[] {
  const text = read(`/proc/${pid}/stat`);
  return text === null ? [] : processIn(pid, fieldsOf(text));
}

function processIn(pid: number, [state, parent, ...rest]: string[]): Process[] {
  return state === "Z" || state === "X" ? [] : [{ pid, parent: Number(parent), start: +rest[17] }];
}

function threadsOf(pid: number): string[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
  } catch {
    return []; // it has ended
  }
}

function read(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return null; // it has ended, or this kernel has no such file
  }
}
