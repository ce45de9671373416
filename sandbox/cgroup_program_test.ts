// The descriptor numbers that the runner's programs rely on, checked by following what each step
// opens and closes.

import assert from "node:assert/strict";
import { leafFiles } from "./cgroup_program.ts";
import {
  CGROUP,
  CONTROL,
  JOB_SOCKET,
  LEAF,
  type Platform,
  REPORTS,
  RULESET,
  RUNNER_FREE,
  STREAMS,
} from "./layout.ts";
import { Program } from "./program.ts";
import { streamProgram } from "./stream_program.ts";

const platform: Platform = {
  arch: "x86_64",
  ownIds: true,
  rootfs: false,
  landlock: 0,
  view: true,
  seccomp: true,
  readOnlyPaths: [],
  etc: [],
  settings: [],
  identityPaths: [],
  limits: {} as Platform["limits"],
  cgroup: true,
  countsSockets: true,
};

/**
 * Plays the steps that open and close on a table of descriptors; gives each opened name its number.
 */
function play(program: Program, open: Set<number>): Map<string, number> {
  const opened = new Map<string, number>();
  const lowest = (name: string) => {
    let fd = 0;
    while (open.has(fd)) fd++;
    open.add(fd);
    opened.set(name, fd);
  };
  for (const { name, call, args } of program.steps) {
    if (name === "exit" || call === "end") break;
    if (call === "pipe2") ["read", "write"].forEach((end) => lowest(`${name} ${end}`));
    if (call === "openat") lowest(name);
    if (call === "dup3") open.add(Number(args[1]));
    if (call === "socketpair") ["agent", "job"].forEach((end) => lowest(`${name} ${end}`));
    if (call === "close") assert.ok(open.delete(Number(args[0])), `${name} ${args[0]}`);
  }
  return opened;
}

Deno.test("a run's streams and cgroup lie where the job's program expects them, run after run", () => {
  const held = [0, 1, 2, CONTROL, RULESET, REPORTS];
  const open = new Set([...held, CGROUP]);
  for (const leaf of [1, undefined, 2]) {
    const program = new Program("x86_64");
    streamProgram(program, platform, leaf);
    const opened = play(program, open);
    assert.equal(opened.get("make stdout read"), STREAMS.outRead);
    assert.equal(opened.get("make stdin write"), STREAMS.inWrite);
    assert.equal(opened.get("make a socket for the job job"), JOB_SOCKET.jobEnd);
    if (leaf !== undefined) {
      assert.equal(opened.get("open the job's cgroup"), RUNNER_FREE);
      leafFiles.forEach(({ name }, index) => {
        assert.equal(opened.get(`open ${name}`), RUNNER_FREE + index, name);
      });
    }
    const job = [STREAMS.outWrite, STREAMS.errWrite, STREAMS.inRead, JOB_SOCKET.jobEnd];
    assert.deepEqual([...open].sort((a, b) => a - b), [...held, ...job, CGROUP, LEAF]);
    for (const fd of job) open.delete(fd); // as the job's program does
  }
});
