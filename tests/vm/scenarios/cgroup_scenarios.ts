// cgroup v2 in the guest: limits for the whole job, not for each of its processes alone.
//
// Every attack here uses several processes, or memory that belongs to no process. rlimits and
// samples do not stop it, as cgroup_base_scenarios.ts shows with an agent whose layer is off.

import assert from "node:assert/strict";
import { cgroupTree, leavesSettle } from "../guest/cgroup_tree.ts";
import { probe } from "../guest/probe.ts";
import { ended, job, MiB, type Scenario, withClient } from "../guest/scenario.ts";
import {
  burners,
  exited,
  files,
  holder,
  outOfMemory,
  slice,
  small,
  spread,
} from "./cgroup_programs.ts";

/** In the order they are run. */
export const cgroupScenarios: readonly Scenario[] = [
  {
    name: "cgroup: the agent and its launchers are in groups of their own, the job in its leaf",
    run: async (stage) => {
      await leavesSettle(stage);
      await withClient(stage, async (client) => {
        const layer = (await client.info()).hardening.find(({ layer }) => layer === "cgroup");
        assert.deepEqual(layer, { layer: "cgroup", on: true, why: "/sallyport" });
        const run = client.run({
          language: "python",
          code: "print(open('/proc/self/cgroup').read(), flush=True)\ninput()",
          stdin: { stream: true },
          stream: true,
          limits: { memory_bytes: 50 * MiB, processes: 7, cpu_percent: 150 },
        });
        for await (const { bytes } of run) {
          assert.equal(new TextDecoder().decode(bytes).trim(), "0::/", "its own is all it sees");
          break;
        }
        const { agent, launchers, busy } = await probe<Record<string, string[]>>(
          stage,
          `
import os
top = "/sys/fs/cgroup/sallyport/"
def names(group): return sorted({open("/proc/%s/comm" % pid.strip()).read().strip() for pid in open(top + group + "/cgroup.procs")})
busy = [d for d in os.listdir(top) if d.startswith("sandbox-") and open(top + d + "/cgroup.procs").read()]
files = ("memory.max", "pids.max", "cpu.max", "memory.oom.group")
result = {"agent": names("agent"), "launchers": names("launchers"), "busy": [open(top + d + "/" + f).read().strip() for d in busy for f in files]}
`,
        );
        assert.equal(agent.length, 1);
        // A launcher runs from a memfd, so its name is the number of that descriptor.
        assert.equal(launchers.every((name) => /^\d+$/.test(name)), true, `${launchers}`);
        assert.deepEqual(busy, [`${50 * MiB}`, "7", "150000 100000", "1"]);
        await run.closeStdin();
        await run.result;
      });
    },
  },
  ended(
    "cgroup: a memory bomb of one process",
    "python",
    "x=[]\nwhile True: x.append(b'x' * (1<<20))",
    { ...outOfMemory, signal: "SIGKILL" },
    small,
  ),
  ended("cgroup: a memory bomb of twenty processes", "python", spread, outOfMemory, small),
  ended("cgroup: files in memory count", "python", files, outOfMemory, small),
  ended(
    "cgroup: a memory bomb that the first process survives is told all the same",
    "python",
    "import os\nif os.fork()==0:\n x=[]\n while True: x.append(b'x' * (1<<20))\nos.wait()\nprint('exited')",
    outOfMemory,
    small,
  ),
  ended("cgroup: less memory than any program needs", "sh", "echo never", outOfMemory, {
    limits: { memory_bytes: 1 },
  }),
  ended("cgroup: the next job runs", "sh", "echo next", exited),
  {
    name: "cgroup: the peak is that of all processes together",
    run: async (stage) => {
      const peak = async (bytes: number) => {
        const { result } = await job(stage, "python", holder(bytes), exited);
        assert.equal(result.memory_source, "cgroup");
        return result.memory_peak_bytes;
      };
      const taken = await peak(16 * MiB) - await peak(1);
      assert.ok(Math.abs(taken / (64 * MiB) - 1) < 0.1, `${taken} bytes, not 64 MiB`);
    },
  },
  {
    name: "cgroup: CPU time is that of all processes, and ends the job at its limit",
    run: async (stage) => {
      const { result } = await job(
        stage,
        "python",
        burners,
        { status: "limit", limit: "cpu" },
        slice,
      );
      const used = result.cpu_user_ms + result.cpu_system_ms;
      assert.ok(used >= 1000 && used < 1250, `${used} ms`); // one sample late
    },
  },
  {
    name: "cgroup: a share of the processors",
    run: async (stage) => {
      const code = "import time\nwhile time.process_time() < 0.5: pass\nprint(time.monotonic())";
      const wall = async (cpu_percent: number) =>
        (await job(stage, "python", code, exited, { limits: { cpu_percent } })).result.wall_ms;
      const [full, quarter] = [await wall(100), await wall(25)];
      assert.ok(
        quarter > 1500 && quarter > 2 * full,
        `${quarter} ms with 25 %, ${full} with 100 %`,
      );
    },
  },
  {
    name: "cgroup: a fork bomb ends at its limit",
    run: async (stage) => {
      const code = "import os\nwhile True:\n try: os.fork()\n except OSError: pass";
      const limits = { processes: 16, cpu_ms: 20_000 };
      await job(stage, "python", code, { status: "limit", limit: "processes" }, { limits });
    },
  },
  {
    name: "cgroup: a program that uses all the processes it may, and asks for no more, goes on",
    run: async (stage) => {
      const code = "import os,time\nfor i in range(7):\n if os.fork()==0:\n  time.sleep(1)\n" +
        "  os._exit(0)\nfor i in range(7): os.wait()";
      const limits = { processes: 8 };
      await job(stage, "python", code, { status: "exited", exit_code: 0 }, { limits });
    },
  },
  {
    name: "cgroup: daemons in sessions of their own are gone at the deadline",
    run: async (stage) => {
      const code =
        "import os,signal,time\nsignal.signal(signal.SIGTERM,signal.SIG_IGN)\nfor i in range(5):\n" +
        " if os.fork()==0:\n  os.setsid()\n  if os.fork(): os._exit(0)\n  while True: time.sleep(9)\n" +
        "while True: time.sleep(9)";
      await job(stage, "python", code, { status: "timeout" }, { timeout_ms: 1500 });
      const left = await probe<string[]>(
        stage,
        `
import os, time
def line(pid):
    try: return open("/proc/%s/cmdline" % pid).read() if os.stat("/proc/" + pid).st_uid == 65533 else ""
    except OSError: return ""
def waits(pid):  # the next job's interpreter, once it has started
    try: return "skb_wait" in open("/proc/%s/wchan" % pid).read()
    except OSError: return True
for _ in range(100):
    result = [pid for pid in os.listdir("/proc") if pid.isdigit() and "python" in line(pid) and not waits(pid)]
    if not result: break
    time.sleep(0.1)
`,
      );
      assert.deepEqual(left, []);
    },
  },
  {
    name: "cgroup: a kept sandbox's second run has numbers of its own",
    run: (stage) =>
      withClient(stage, async (client) => {
        const first = "import time\nheld = b'x' * (64 << 20)\nopen('kept','w').write('here')\n" +
          "while time.process_time() < 2: pass";
        const second = "print(open('kept').read())";
        const run = async (code: string) =>
          await client.run({ language: "python", code, keep: true, timeout_ms: 20_000 }).result;
        const [one, two] = [await run(first), await run(second)];
        assert.equal(new TextDecoder().decode(two.output.stdout), "here\n");
        assert.ok(one.memory_peak_bytes > 64 * MiB, `${one.memory_peak_bytes} bytes`);
        assert.ok(two.memory_peak_bytes < 40 * MiB, `${two.memory_peak_bytes} bytes`);
        const cpu = [one, two].map(({ cpu_user_ms, cpu_system_ms }) => cpu_user_ms + cpu_system_ms);
        assert.ok(cpu[0] >= 2000 && cpu[1] < 1500, `${cpu} ms`);
      }),
  },
  {
    name: "cgroup: no leaf is left after thirty jobs",
    run: async (stage) => {
      await leavesSettle(stage);
      const before = Object.keys(await cgroupTree(stage)).length;
      await withClient(stage, async (client) => {
        for (let i = 0; i < 30; i++) {
          assert.equal((await client.run({ language: "sh", code: ":" }).result).exit_code, 0);
        }
      });
      await leavesSettle(stage);
      assert.equal(Object.keys(await cgroupTree(stage)).length, before);
    },
  },
];
