import assert from "node:assert/strict";
import { readProcessStat } from "./proc_stat.ts";

/** A line of /proc/PID/stat: fields 3 to 24 as given, all others 0. */
function line(name: string, fields: Record<number, string | number>): string {
  const rest = Array.from({ length: 50 }, (_, index) => fields[index + 3] ?? 0);
  return `7 (${name}) ${rest.join(" ")}\n`;
}

Deno.test("what a process uses is in its stat", () => {
  const stat = line("python3", { 3: "S", 14: 3, 15: 4, 16: 1, 17: 2, 20: 5, 24: 100 });
  assert.deepEqual(readProcessStat(stat), {
    zombie: false,
    cpuMs: 100,
    memoryBytes: 409600,
    threads: 5,
  });
});

Deno.test("a name with spaces and parentheses does not shift the fields", () => {
  const stat = line("a) R 1 (b", { 3: "R", 14: 1, 20: 1, 24: 2 });
  assert.deepEqual(readProcessStat(stat), {
    zombie: false,
    cpuMs: 10,
    memoryBytes: 8192,
    threads: 1,
  });
});

Deno.test("a zombie is told, and still has a thread, as RLIMIT_NPROC counts it", () => {
  const { zombie, threads } = readProcessStat(line("sh", { 3: "Z", 20: 1 }));
  assert.deepEqual({ zombie, threads }, { zombie: true, threads: 1 });
});

Deno.test("our own stat has the memory that the kernel tells elsewhere", () => {
  const { memoryBytes, threads } = readProcessStat(Deno.readTextFileSync("/proc/self/stat"));
  const status = Deno.readTextFileSync("/proc/self/status");
  const rss = 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]);
  assert.ok(Math.abs(memoryBytes - rss) < rss / 4, `${memoryBytes} beside ${rss}`);
  assert.ok(threads > 1);
});
