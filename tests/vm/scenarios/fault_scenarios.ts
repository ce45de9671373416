// What fails while sandboxes are made ahead, by the kernel's own doing and not by a double: the agent
// is PID 1 with cgroups, and whatever it does not survive ends the machine.
//
// A limit of the launchers' cgroup stands for what runs out (EAGAIN); killing stands for the kernel
// that looks for memory. In each case some jobs may be told that they did not begin; then all is as
// before.

import assert from "node:assert/strict";
import { cgroupTree, leavesSettle } from "../guest/cgroup_tree.ts";
import { killInside } from "../guest/kill_launchers.ts";
import { probe } from "../guest/probe.ts";
import { recovers, type Scenario, type Stage, withClient } from "../guest/scenario.ts";

const top = "/sys/fs/cgroup/sallyport";

/** Jobs while something fails: each ends as usual, or says that it did not begin, and at which step. */
async function jobsGoOnOrFail(stage: Stage, count: number): Promise<string[]> {
  const failures: string[] = [];
  for (let done = 0; done < count; done++) {
    const result = await withClient(
      stage,
      (client) => client.run({ language: "sh", code: "echo 1", timeout_ms: 10_000 }).result,
    );
    if (result.status === "failed") failures.push(`${result.step}: ${result.errno}`);
    else assert.deepEqual([result.status, result.text()], ["exited", "1\n"]);
  }
  return failures;
}

/** All is as before: the next job runs, and each sandbox that is ready has its cgroup. */
async function goesOn(stage: Stage): Promise<void> {
  await recovers(stage);
  await leavesSettle(stage);
  assert.equal((await cgroupTree(stage))["/"], 0);
}

/** A file of a cgroup says `value` while `body` runs, and then what it said before. */
async function whileItSays(
  stage: Stage,
  file: string,
  value: string,
  body: () => Promise<void>,
): Promise<void> {
  const set = (text: string) =>
    probe<string>(
      stage,
      `
path = "${top}/${file}"
result = open(path).read().strip()
top = "${top}"
open(path, "w").write(str(${text}))
`,
    );
  const before = await set(value);
  try {
    await body();
  } finally {
    await set(JSON.stringify(before));
  }
}

/** Keepers that wait are killed, and then runners that do; the next job may be told, and all is as before. */
export async function waitingLaunchersDie(stage: Stage): Promise<void> {
  for (const number of [1, 2]) {
    await leavesSettle(stage);
    const killed = await killInside(stage, number);
    assert.ok(killed > 0, `none with the number ${number}`);
    await jobsGoOnOrFail(stage, 1);
    await goesOn(stage);
  }
}

/** In the order they are run. */
export const faultScenarios: readonly Scenario[] = [
  {
    name: "faults: no process can be forked for a moment",
    run: async (stage) => {
      await leavesSettle(stage);
      const all = 'len(open(top + "/launchers/cgroup.procs").readlines())';
      await whileItSays(stage, "launchers/pids.max", all, async () => {
        const failures = await jobsGoOnOrFail(stage, 4);
        for (const failure of failures) assert.match(failure, /: EAGAIN$/);
      });
      await goesOn(stage);
    },
  },
  {
    name: "faults: no cgroup can be made for a moment",
    run: async (stage) => {
      const all = 'sum(len(names) for _, names, _ in __import__("os").walk(top))';
      await whileItSays(stage, "cgroup.max.descendants", all, async () => {
        const failures = await jobsGoOnOrFail(stage, 4);
        for (const failure of failures) assert.match(failure, /cgroup: EAGAIN$/);
      });
      await goesOn(stage);
    },
  },
  {
    name: "faults: keepers and runners that wait are killed, and others are made",
    run: waitingLaunchersDie,
  },
];
