// How long the machine's processors were busy, as the kernel counts it for all of them together.
//
// This sees what no process is charged for: kernel workers clear away the namespaces and memory of
// what has ended. It also sees every other process of the machine.

import { pause } from "./wire.ts";

/** USER_HZ is 100 wherever Deno runs (proc_stat(5)). */
const TICK_MS = 10;

/** Time in which what has ended is cleared away. */
const CLEAR_MS = 100;

/** Busy milliseconds since boot in the text of /proc/stat: user, nice, system, irq, softirq. */
export function busyIn(stat: string): number {
  const line = /^cpu +(.+)$/m.exec(stat);
  if (line === null) throw new Error("Cannot read /proc/stat: no line of all processors");
  const [user, nice, system, _idle, _iowait, irq, softirq] = line[1].split(" ").map(Number);
  return (user + nice + system + irq + softirq) * TICK_MS;
}

/** Busy milliseconds while `work` is done and cleared away, and how long the work took. */
export async function busyWhile(
  work: () => Promise<unknown> | unknown,
): Promise<{ readonly busy: number; readonly passed: number }> {
  const read = () => busyIn(Deno.readTextFileSync("/proc/stat"));
  const [start, before] = [performance.now(), read()];
  await work();
  const passed = performance.now() - start;
  pause(CLEAR_MS);
  return { busy: read() - before, passed };
}
