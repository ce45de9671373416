import assert from "node:assert/strict";
import { cpuMax, keyedValue, lineCount, missingControllers } from "./cgroup_files.ts";

Deno.test("flat-keyed files: whole keys only", () => {
  const text = "oom 1\noom_kill 2\n";
  assert.deepEqual(["oom", "oom_kill", "oo", "kill"].map((key) => keyedValue(text, key)), [
    1,
    2,
    0,
    0,
  ]);
});

Deno.test("a share of the processors is a quota of the period", () => {
  assert.equal(cpuMax(25), "25000 100000");
  assert.equal(cpuMax(250), "250000 100000");
});

Deno.test("every line of cgroup.procs is a process", () => {
  assert.deepEqual(["", "7\n", "7\n8\n"].map(lineCount), [0, 1, 2]);
});

Deno.test("controllers: whole names only", () => {
  assert.deepEqual(missingControllers("cpuset cpu io memory\n", ["memory", "pids", "cpu"]), [
    "pids",
  ]);
  assert.deepEqual(missingControllers("", ["cpu"]), ["cpu"]);
});
