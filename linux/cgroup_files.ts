// The contents of a cgroup v2's files (Documentation/admin-guide/cgroup-v2.rst). Pure functions:
// texts in, values out.

/** Length of the period that cpu.max applies to, in microseconds: the kernel's default. */
const CPU_PERIOD_US = 100_000;

/** The value of `key` in a flat-keyed file such as memory.events; 0 if the key is missing. */
export function keyedValue(text: string, key: string): number {
  for (const line of text.split("\n")) {
    if (line.startsWith(`${key} `)) return Number(line.slice(key.length + 1));
  }
  return 0;
}

/** How many lines a file has: cgroup.procs has one for each process. */
export function lineCount(text: string): number {
  return text.split("\n").length - 1;
}

/** The line of cpu.max for a share of the processors: 100 is one whole processor. */
export function cpuMax(percent: number): string {
  return `${percent * CPU_PERIOD_US / 100} ${CPU_PERIOD_US}`;
}

/** The controllers of `wanted` that a file like cgroup.controllers does not list. */
export function missingControllers(text: string, wanted: readonly string[]): string[] {
  const there = text.trim().split(/\s+/);
  return wanted.filter((name) => !there.includes(name));
}
