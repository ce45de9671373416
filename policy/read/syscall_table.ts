// The syscalls that a policy can name, with their number on each architecture.
//
// The numbers are those of linux/syscall_numbers.ts, which also name the calls for the agent; a
// test compares them with libseccomp's own table, name by name.

import { type Arch, syscallName } from "../../linux/syscall_numbers.ts";

/** No syscall has a number this high; what lies above belongs to x32. */
export const HIGHEST_NUMBER = 1023;

/**
 * The first number that libseccomp's table (TABLE_VERSION) does not know: a call from here on is
 * "newer_than_table" unless the policy names it.
 */
export const FIRST_UNKNOWN = 457;

const tables: Record<Arch, ReadonlyMap<string, number>> = {
  x86_64: table("x86_64"),
  aarch64: table("aarch64"),
};

function table(arch: Arch): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (let number = 0; number <= HIGHEST_NUMBER; number++) {
    const name = syscallName(arch, number);
    if (!name.startsWith("syscall ")) found.set(name, number);
  }
  return found;
}

/** The number of `name`, or undefined where the architecture has no such call. */
export function syscallNumber(name: string, arch: Arch): number | undefined {
  return tables[arch].get(name);
}

/** Every name that at least one architecture knows, in the order of x86_64's numbers. */
export function syscallNames(): string[] {
  return [...new Set([...tables.x86_64.keys(), ...tables.aarch64.keys()])];
}

/** The known name that differs least from `name`, for "did you mean". */
export function nearestName(name: string): string | undefined {
  const near = syscallNames()
    .map((known) => ({ known, distance: distance(name, known) }))
    .toSorted((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= 2 ? near.known : undefined;
}

/** Levenshtein distance: insertions, deletions and replacements. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
