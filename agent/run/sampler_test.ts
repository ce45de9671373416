import assert from "node:assert/strict";
import { add } from "./sampler.ts";

const none = { cpuMs: 0, memoryBytes: 0, processes: 0, threads: 0 };

/** A line of /proc/PID/stat: fields 3 to 24 as given, all others 0. */
function line(name: string, fields: Record<number, string | number>): string {
  const rest = Array.from({ length: 50 }, (_, index) => fields[index + 3] ?? 0);
  return `7 (${name}) ${rest.join(" ")}\n`;
}

Deno.test("a process is added up from its own stat", () => {
  const stat = line("python3", { 3: "S", 14: 3, 15: 4, 16: 1, 17: 2, 20: 5, 24: 100 });
  assert.deepEqual(add(none, stat), {
    cpuMs: 100,
    memoryBytes: 409600,
    processes: 1,
    threads: 5,
  });
});

Deno.test("a name with spaces and parentheses does not shift the fields", () => {
  const stat = line("a) R 1 (b", { 3: "R", 14: 1, 20: 1, 24: 2 });
  assert.deepEqual(add(none, stat), { cpuMs: 10, memoryBytes: 8192, processes: 1, threads: 1 });
});

Deno.test("a zombie is no process, but still counts for RLIMIT_NPROC", () => {
  const { processes, threads } = add(none, line("sh", { 3: "Z", 20: 1 }));
  assert.deepEqual({ processes, threads }, { processes: 0, threads: 1 });
});
