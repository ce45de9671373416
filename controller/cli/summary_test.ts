// What a person reads: the summary, the live line, `info` and `ls`.

import assert from "node:assert/strict";
import type { ResultReply } from "../../protocol/protocol.ts";
import { describeInfo } from "./info_command.ts";
import { StatusLine } from "./status_line.ts";
import { deniedHint, outcome, summary } from "./summary.ts";
import { goodResult } from "../testing/fake_agent.ts";

const result = goodResult as unknown as ResultReply;
const usage = {
  type: "usage" as const,
  wall_ms: 1500,
  cpu_ms: 900,
  memory_bytes: 2 << 20,
  processes: 2,
};

Deno.test("summary: says how it ended and what it used", () => {
  const full = {
    ...result,
    stdout: { total: 2048, dropped: 1024 },
    denied: [{ syscall: "socket", count: 2 }],
    timing: { spawn_ms: 0.5, first_output_ms: 12 },
  };
  assert.deepEqual(summary(full), [
    "exited with 0 after 12.5 ms",
    "cpu     8.00 ms user, 2.00 ms system",
    "memory  1.0 MiB peak (rusage)",
    "output  2.0 KiB stdout (1.0 KiB lost), 0 B stderr",
    "denied  socket (2)",
    "timing  spawn 0.50 ms, first output 12.0 ms",
  ]);
});

Deno.test("deniedHint: only for a program that failed", () => {
  const denied = [{ syscall: "execve", count: 2 }, { syscall: "socket", count: 1 }];
  assert.equal(deniedHint({ ...result, denied, exit_code: 0 }), null);
  assert.equal(deniedHint({ ...result, denied: [], exit_code: 1 }), null);
  assert.equal(
    deniedHint({ ...result, denied, denied_more: true, exit_code: 1 }),
    "denied: execve (2), socket (1) and more; a wider --profile may allow it, see `info`",
  );
});

Deno.test("outcome: each status in words", () => {
  const ended = (fields: Partial<ResultReply>) => outcome({ ...result, ...fields });
  assert.equal(ended({ status: "signaled", signal: "SIGSEGV" }), "ended by SIGSEGV");
  assert.equal(ended({ status: "limit", limit: "memory" }), "stopped at its limit: memory");
  assert.equal(ended({ status: "timeout" }), "stopped: it ran out of time");
  assert.equal(ended({ status: "cancelled" }), "cancelled");
  assert.equal(
    ended({ status: "failed", step: "mount tmpfs", errno: "EPERM" }),
    "not started: mount tmpfs: EPERM",
  );
});

Deno.test("StatusLine: never erases what the program wrote", () => {
  const status = new StatusLine();
  const bytes = (text: string) => new TextEncoder().encode(text);
  const line = "\r\x1b[2K1.50 s  cpu 900.0 ms  2.0 MiB  2 processes";
  assert.equal(status.sample(usage), line);
  assert.equal(status.before(bytes("half a line")), "\r\x1b[2K");
  assert.equal(status.sample(usage), "");
  assert.equal(status.before(bytes("\n")), "");
  assert.equal(status.sample(usage), line);
  assert.equal(status.clear(), "\r\x1b[2K");
  assert.equal(status.clear(), "");
});

Deno.test("describeInfo: languages, limits, layers that are off and why", () => {
  const lines = describeInfo({
    agent: "1.0",
    protocol: 1,
    languages: [{ name: "sh", level: "bare", profiles: ["strict", "programs"] }],
    limits: { timeout_ms: { default: 5000, max: 30000 }, code_bytes: 65536, denied: 9 },
    hardening: [{ layer: "cgroup", on: false, why: "no cgroup v2" }, { layer: "ids", on: true }],
  });
  const text = lines.join("\n");
  for (const part of ["agent 1.0, protocol 1", "5.00 s, at most 30.00 s", "64.0 KiB"]) {
    assert(text.includes(part), part);
  }
  assert.match(text, /cgroup +off: no cgroup v2/);
  assert.match(text, /ids +on$/m);
});
