// The program that makes a sandbox has room for more than any image of ours needs.

import assert from "node:assert/strict";
import { thisArch } from "../linux/syscall_numbers.ts";
import type { Platform } from "./layout.ts";
import { Program } from "./program.ts";
import { SANDBOX_ROWS, sandboxProgram } from "./sandbox_program.ts";

/** Everything on, as in a guest whose first process is the agent. */
const guest = (paths: number): Platform => ({
  arch: thisArch,
  ownIds: true,
  rootfs: true,
  landlock: 6,
  view: true,
  seccomp: true,
  readOnlyPaths: Array.from({ length: paths }, (_, i) => ({ path: `/opt/${i}` })),
  etc: [],
  settings: [],
  identityPaths: [],
  limits: { processes: {} } as unknown as Platform["limits"],
  cgroup: true,
  countsSockets: true,
});

function rows(paths: number): number {
  const program = new Program(thisArch, 0, SANDBOX_ROWS);
  sandboxProgram(program, guest(paths), "new");
  return program.steps.length;
}

Deno.test("the program that makes a sandbox has room for thirty paths of an image", () => {
  assert.ok(rows(0) > 50, `${rows(0)} rows`);
  assert.ok(rows(30) <= SANDBOX_ROWS, `${rows(30)} rows`);
});
