// One builder makes the programs of many jobs: nothing of an earlier job may appear in a later one.

import assert from "node:assert/strict";
import { thisArch } from "../linux/syscall_numbers.ts";
import type { JobLanguage } from "./language.ts";
import { listing } from "./listing.ts";
import { type Job, StartProgram } from "./start_program.ts";

const platform = { arch: thisArch, cgroup: false, ownIds: true };
const language: JobLanguage = {
  name: "exec",
  file: "main",
  program: "main",
  argv: ["./main"],
  env: { PATH: "/bin" },
  mode: 0o700,
};
const limits = {
  cpu_ms: 1000,
  cpu_percent: 100,
  memory_bytes: 1 << 20,
  processes: 2,
  open_files: 3,
  file_bytes: 4,
  stack_bytes: 5,
};
const job = (changed: Partial<Job>): Job => ({
  language,
  code: new Uint8Array(0),
  args: [],
  env: {},
  limits,
  ...changed,
});

const jobs: Record<string, Job> = {
  "plain": job({}),
  "with longer code": job({ code: new Uint8Array(5000).fill(7) }),
  "with shorter code": job({ code: new Uint8Array([1, 2, 3]) }),
  "that is there already": job({ code: undefined, entry: "a/b" }),
  "in a directory": job({ cwd: "work" }),
  "with arguments": job({ args: ["a", "b"] }),
  "with an environment": job({ env: { A: "b" } }),
  "with limits": job({ limits: { ...limits, stack_bytes: 6 } }),
  "of another language": job({ language: { ...language, file: "other", program: "other" } }),
};

Deno.test("StartProgram: after any job, the program of any other is what it is alone", () => {
  for (const [first, before] of Object.entries(jobs)) {
    for (const [second, after] of Object.entries(jobs)) {
      const used = new StartProgram(platform);
      used.of(before);
      const program = used.of(after);
      const alone = new StartProgram(platform).of(after);
      assert.deepEqual(program.encode(), alone.encode(), `${second}, after ${first}`);
      assert.equal(listing(program), listing(alone));
    }
  }
});
