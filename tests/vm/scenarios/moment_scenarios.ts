// Random moments in the guest, with cgroups: a process of a sandbox is killed or stopped, and root
// steps the clock back and forth while jobs run (docs/moments.md). The jobs are Perl's: the guest has
// no program that sleeps.

import assert from "node:assert/strict";
import { connect, type Run, type RunOptions } from "../../../controller/client.ts";
import { seededRandom } from "../../helpers/seeded.ts";
import { coldly } from "../../helpers/warm.ts";
import { leavesSettle } from "../guest/cgroup_tree.ts";
import { probe } from "../guest/probe.ts";
import { goesOn, job, type Scenario, type Stage, text, withClient } from "../guest/scenario.ts";

const seed = Number(Deno.env.get("SALLYPORT_SEED") ?? Math.floor(Math.random() * 1e6));
const random = seededRandom(seed);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What strikes a process of the sandbox in which a job with the mark runs; 0: the job itself. */
const strikeProgram = (mark: string, inside: number, how: string) => `
import os, signal, time
def read(pid, name): return open("/proc/%s/%s" % (pid, name)).read()
def pids(): return [pid for pid in os.listdir("/proc") if pid.isdigit()]
def find(test):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        for pid in pids():
            try:
                if test(pid): return int(pid)
            except OSError: pass
job = find(lambda pid: "MOMENT=${mark}\\0" in read(pid, "environ"))
space = os.readlink("/proc/%d/ns/pid" % job)
def here(pid): return os.readlink("/proc/%s/ns/pid" % pid) == space
def number(pid): return int([l for l in read(pid, "status").splitlines() if l.startswith("NSpid")][0].split()[-1])
pid = job if ${inside} == 0 else find(lambda pid: here(pid) and number(pid) == ${inside})
${how}
result = pid
`;

const kill = "os.kill(pid, signal.SIGKILL)";
const stop = "os.kill(pid, signal.SIGSTOP)";

/** A job that waits for the end of its input, and then says so. */
const waits = "<STDIN>; print 'end'";

/** Steps the clock of the guest by seconds, each step after some time; then sets it right. */
const stepProgram = (steps: readonly [afterMs: number, seconds: number][]) => `
import time
off = 0
for after, step in ${JSON.stringify(steps)}:
    time.sleep(after / 1000)
    time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME) + step)
    off += step
time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME) - off)
`;

const DAY = 86_400;

/** Runs a job while the clock is stepped a few times, by up to ten days, back and forth. */
async function whileStepping(stage: Stage, options: Partial<RunOptions>, expected: object) {
  const steps = Array.from({ length: 4 }, (_, index): [number, number] => {
    const seconds = 1 + random.below(10 * DAY);
    return [100 + random.below(200), index % 2 === 0 ? seconds : -seconds];
  });
  // Half of them go back first.
  if (random.below(2) === 0) { for (const step of steps) step[1] = -step[1]; }
  const stepping = probe(stage, stepProgram(steps));
  const began = performance.now();
  const told = await job(stage, "perl", options.code as string, expected, options)
    .catch((cause) => {
      throw new Error(`seed ${seed}, steps ${JSON.stringify(steps)}: ${cause}`, { cause });
    });
  const tookMs = performance.now() - began;
  await stepping;
  return { result: told.result, tookMs };
}

/** Lets it happen while a job runs, at a random moment; `then` gets the pid of the process. */
async function during(
  stage: Stage,
  inside: number,
  how: string,
  then: (pid: number, run: Run) => Promise<void> = () => Promise.resolve(),
) {
  const mark = `m${random.below(1e9)}`;
  return await withClient(stage, async (client) => {
    const run = client.run({
      language: "perl",
      code: waits,
      // Of an interpreter that waited, the environment does not show the request's variables.
      env: { MOMENT: mark, ...coldly },
      stdin: { stream: true },
      timeout_ms: 30_000,
    });
    await run.acked;
    await pause(random.below(150));
    await then(await probe<number>(stage, strikeProgram(mark, inside, how)), run);
    return await run.result;
  });
}

/** In the order they are run. */
export const momentScenarios: readonly Scenario[] = [
  {
    name: "moments: the clock steps back and forth, and a job has all of its time and no more",
    run: async (stage) => {
      const timeout = { code: "sleep 60", timeout_ms: 1500 };
      const ended = await whileStepping(stage, timeout, { status: "timeout" });
      const { wall_ms } = ended.result;
      assert.ok(wall_ms >= 1500 && wall_ms <= ended.tookMs + 1, `seed ${seed}: ${wall_ms} ms`);
      const { result, tookMs } = await whileStepping(stage, { code: "sleep 1" }, {
        status: "exited",
        exit_code: 0,
      });
      assert.ok(result.wall_ms >= 1000 && result.wall_ms <= tookMs + 1, `${result.wall_ms} ms`);
      for (const [name, ms] of Object.entries(result.timing)) {
        assert.ok(ms === undefined || ms >= 0 && ms <= tookMs + 1, `${name}: ${ms} of ${tookMs}`);
      }
    },
  },
  {
    name: "moments: the clock steps back and forth, and who waits in line is served",
    run: async (stage) => {
      await using first = await connect(stage.target);
      const long = first.run({ language: "perl", code: "sleep 1", timeout_ms: 30_000 });
      await long.acked;
      await whileStepping(stage, { code: "print 7", wait_ms: 30_000 }, { exit_code: 0 });
      const { status, exit_code, wall_ms } = await long.result;
      assert.deepEqual([status, exit_code], ["exited", 0], `seed ${seed}: after ${wall_ms} ms`);
    },
  },
  {
    name: "moments: keeper or runner is killed in a run: it is told, and the next job runs",
    run: async (stage) => {
      for (const inside of [1, 2]) {
        const { status, step, errno } = await during(stage, inside, kill);
        assert.deepEqual([status, errno], ["failed", "EPIPE"], `seed ${seed}, ${inside}: ${step}`);
        assert.ok(step);
        await goesOn(stage);
      }
      await leavesSettle(stage);
    },
  },
  {
    name: "moments: the job is killed from outside, or its runner stands for two seconds",
    run: async (stage) => {
      const killed = await during(stage, 0, kill);
      assert.deepEqual([killed.status, killed.signal], ["signaled", "SIGKILL"], `seed ${seed}`);
      const stood = await during(stage, 2, stop, async (pid, run) => {
        await run.closeStdin(); // the job ends, and its runner hears of it later
        await pause(2000);
        await probe(stage, `import os, signal\nos.kill(${pid}, signal.SIGCONT)`);
      });
      assert.deepEqual([stood.status, text(stood.output.stdout)], ["exited", "end"]);
      await goesOn(stage);
      await leavesSettle(stage);
    },
  },
];
