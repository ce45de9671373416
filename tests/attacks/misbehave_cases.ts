// Every way in which a program without privileges can misbehave, one fixture for each, and the end
// that its result must report.

import assert from "node:assert/strict";
import { PIECE } from "../../agent/run/stream.ts";
import type { RunOptions } from "../../controller/client.ts";
import { type Job, text } from "../helpers/job.ts";

/** One way. */
export interface Case {
  /** How it is run; anything else is the default. */
  readonly options?: Partial<RunOptions>;
  /** Fails unless the result says what happened. */
  check(job: Job): void;
}

const MiB = 1 << 20;
const said = (job: Job) => `${JSON.stringify(job.result)}\n${text(job.stderr).slice(-500)}`;

function ended(job: Job, status: string, also: Record<string, unknown> = {}): void {
  const wanted = { status, ...also };
  const got = Object.fromEntries(
    Object.keys(wanted).map((key) => [key, job.result[key as keyof typeof job.result]]),
  );
  assert.deepEqual(got, wanted, said(job));
}

function between(value: number, low: number, high: number, what: string): void {
  assert.ok(value >= low && value <= high, `${what}: ${value} is not from ${low} to ${high}`);
}

/** All ways, by the name of their fixture. */
export const cases: Record<string, Case> = {
  "ignores_sigterm.py": {
    options: { timeout_ms: 300 },
    check(job) {
      ended(job, "timeout");
      between(job.result.wall_ms, 1300, 3000, "deadline and grace");
    },
  },
  "double_forks.py": {
    check(job) {
      ended(job, "exited", { exit_code: 3 });
      assert.equal(text(job.stdout), "daemons left\n");
      between(job.result.wall_ms, 0, 2000, "daemons that hold stdout delay nothing");
    },
  },
  "fork_bomb.py": {
    options: { limits: { processes: 16 } },
    check(job) {
      if (job.result.status === "limit") return ended(job, "limit", { limit: "processes" });
      ended(job, "exited", { exit_code: 0 });
      const [errno, count] = text(job.stdout).split(" ").map(Number);
      assert.equal(errno, 11, said(job));
      between(count, 0, 16, "processes");
    },
  },
  "shell_bomb.sh": {
    options: { timeout_ms: 1500, limits: { processes: 16 } },
    check: (job) => assert.match(job.result.status, /^(exited|timeout|limit|signaled)$/),
  },
  "memory_bomb.py": {
    options: { limits: { memory_bytes: 128 * MiB } },
    check(job) {
      ended(job, "limit", { limit: "memory" });
      between(job.result.memory_peak_bytes, 120 * MiB, 280 * MiB, "memory");
    },
  },
  "fills_disk.py": {
    options: { timeout_ms: 20_000 },
    check(job) {
      ended(job, "exited", { exit_code: 0 });
      const lines = text(job.stdout).trim().split("\n").map((line) => line.split(" "));
      assert.deepEqual(lines.map(([place, errno]) => `${place} ${errno}`), [
        ". ENOSPC",
        "/tmp ENOSPC",
        "/dev/shm ENOSPC",
      ]);
      for (const [place, , written] of lines) between(Number(written), 0, 64, `MiB in ${place}`);
      between(Number(lines[0][2]), 32, 64, "MiB in the sandbox directory");
    },
  },
  "fills_inodes.py": {
    options: { timeout_ms: 20_000 },
    check(job) {
      ended(job, "exited", { exit_code: 0 });
      const lines = text(job.stdout).trim().split("\n").map((line) => line.split(" "));
      assert.deepEqual(lines.map(([place, errno]) => `${place} ${errno}`), [
        ". ENOSPC",
        "/tmp ENOSPC",
        "/dev/shm ENOSPC",
      ]);
      for (const [place, , count] of lines) between(Number(count), 0, 32_768, `files in ${place}`);
      between(Number(lines[0][2]), 30_000, 32_768, "files in the sandbox directory");
    },
  },
  "fills_pipes.py": {
    options: { timeout_ms: 20_000 },
    check(job) {
      if (job.result.status === "limit") return ended(job, "limit", { limit: "memory" });
      ended(job, "exited", { exit_code: 0 });
      // The kernel gives a user 64 MiB of large pipes (pipe-user-pages-soft), then small ones.
      between(Number(text(job.stdout)), 1, 96, "MiB in pipes");
    },
  },
  "file_too_large.c": {
    options: { limits: { file_bytes: MiB } },
    check: (job) => ended(job, "limit", { limit: "file_size" }),
  },
  "floods_stdout.c": {
    options: { timeout_ms: 20_000, limits: { output_total_bytes: 8 * MiB } },
    check(job) {
      ended(job, "limit", { limit: "output" });
      // Beyond the limit: one piece that was read at once, and what its pipe holds.
      between(job.result.stdout.total, 8 * MiB, 8 * MiB + PIECE + MiB, "bytes read");
      between(job.stdout.length, MiB, MiB, "bytes kept");
    },
  },
  "closes_stdout.py": {
    check(job) {
      ended(job, "exited", { exit_code: 7 });
      assert.equal(text(job.stdout), "before");
      between(job.result.wall_ms, 400, 3000, "its end is its exit, not its pipes' end");
    },
  },
  "no_newline.py": {
    options: { timeout_ms: 20_000 },
    check(job) {
      ended(job, "exited", { exit_code: 0 });
      const { total, dropped, bytes } = job.result.stdout;
      assert.deepEqual({ total, dropped, bytes }, {
        total: 100_000_000,
        dropped: 100_000_000 - MiB,
        bytes: MiB,
      });
      assert.ok(job.stdout.every((byte) => byte === 0x79));
    },
  },
  "not_text.py": {
    check(job) {
      ended(job, "exited", { exit_code: 0 });
      const wanted = [0x00, 0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x0d];
      for (let byte = 0; byte < 256; byte++) wanted.push(byte);
      assert.deepEqual([...job.stdout], [...wanted, 0xe2, 0x82]);
      assert.equal(job.stderr.length, 20);
    },
  },
  "oversleeps.sh": {
    options: { timeout_ms: 300 },
    check(job) {
      ended(job, "timeout");
      between(job.result.wall_ms, 300, 1200, "it acts on SIGTERM");
    },
  },
  "spins.js": {
    options: { timeout_ms: 1500 },
    check: (job) => ended(job, "timeout"),
  },
  "spins.py": {
    options: { timeout_ms: 15_000, limits: { cpu_ms: 1000 } },
    check(job) {
      ended(job, "limit", { limit: "cpu" });
      // An rlimit counts whole ticks, which a busy machine charges too generously.
      between(job.result.cpu_user_ms + job.result.cpu_system_ms, 700, 3000, "CPU time");
    },
  },
  "leaves_zombies.py": {
    check(job) {
      ended(job, "exited", { exit_code: 0 });
      assert.equal(text(job.stdout), "unreaped\n");
    },
  },
  "opens_everything.py": {
    options: { limits: { open_files: 64 } },
    check(job) {
      ended(job, "exited", { exit_code: 0 });
      const [errno, count] = text(job.stdout).split(" ");
      assert.equal(errno, "EMFILE");
      between(Number(count), 40, 61, "descriptors");
    },
  },
  "kills_everything.py": {
    check(job) {
      ended(job, "exited", { exit_code: 0 });
      assert.equal(text(job.stdout), "[]\n", "nothing but itself could be signalled");
    },
  },
  "reads_everything.py": {
    options: { timeout_ms: 15_000 },
    check(job) {
      ended(job, "exited", { exit_code: 0 });
      const [, secrets, processes] = /^True (\[.*\]) (\d+)\n$/.exec(text(job.stdout)) ?? [];
      assert.equal(secrets, "[]", text(job.stdout));
      between(Number(processes), 1, 4, "processes it sees");
    },
  },
  "stops_itself.py": {
    options: { timeout_ms: 300 },
    check: (job) => ended(job, "timeout"),
  },
  "denied_flood.py": {
    options: { timeout_ms: 15_000 },
    check(job) {
      ended(job, "exited", { exit_code: 0, denied_more: true });
      assert.deepEqual(job.result.denied, [{ syscall: "ptrace", count: 1000 }]);
      assert.equal(text(job.stdout), "EPERM 1001, ENOSYS 3999\n");
    },
  },
};
