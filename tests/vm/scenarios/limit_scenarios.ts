// Limits in the guest: a job that exceeds one ends with that limit named, and the guest continues.

import assert from "node:assert/strict";
import { ended, job, MiB, python, type Scenario } from "../guest/scenario.ts";

/** In the order they are run. */
export const limitScenarios: readonly Scenario[] = [
  ended("the deadline", "sh", "while :; do :; done", { status: "timeout" }, { timeout_ms: 400 }),
  ended(
    "the deadline, SIGTERM ignored",
    "python",
    "import signal,time\nsignal.signal(signal.SIGTERM,signal.SIG_IGN)\nwhile True: time.sleep(1)",
    { status: "timeout" },
    { timeout_ms: 2500 },
  ),
  ended("CPU time", "python", "while True: pass", { status: "limit", limit: "cpu" }, {
    timeout_ms: 20_000,
    limits: { cpu_ms: 1000 },
  }),
  {
    name: "memory is limited",
    run: async (stage) => {
      const code = "x=[]\nwhile True: x.append(bytearray(1<<20))";
      const { result, stderr } = await job(stage, "python", code, {}, {
        limits: { memory_bytes: 96 * MiB },
      });
      const byKernel = result.status === "limit" && result.limit === "memory";
      assert.ok(byKernel || stderr.includes("MemoryError"), JSON.stringify(result));
    },
  },
  {
    name: "processes are limited",
    run: async (stage) => {
      const code =
        "import os,time,sys\nn=0\ntry:\n while True:\n  if os.fork()==0: time.sleep(30)\n  n+=1\n" +
        "except OSError as e: print(e.errno,n); sys.stdout.flush()";
      const { result, stdout } = await job(stage, "python", code, {}, { limits: { processes: 8 } });
      if (result.status === "limit") return assert.equal(result.limit, "processes");
      const [errno, count] = stdout.split(" ").map(Number);
      assert.equal(errno, 11);
      assert.ok(count < 8, `${count} processes`);
    },
  },
  python(
    "the disk is limited",
    "import errno\nn=0\ntry:\n for i in range(10):\n  f=open(f'f{i}','wb')\n  for _ in range(16):\n   f.write(b'x'*(1<<20)); f.flush(); n+=1\n" +
      "except OSError as e: print(errno.errorcode[e.errno], n)",
    (out) => {
      const [code, count] = out.split(" ");
      assert.equal(code, "ENOSPC");
      assert.ok(Number(count) <= 64, out);
    },
  ),
  python(
    "a file may not grow without end",
    "import errno\nf=open('big','wb',0)\nn=0\ntry:\n while True: n+=f.write(b'x'*65536)\n" +
      "except OSError as e: print(errno.errorcode[e.errno], n)",
    (out) => assert.equal(out, `EFBIG ${MiB}`),
    { limits: { file_bytes: MiB } },
  ),
  python(
    "open files are limited",
    "import errno\nx=[]\ntry:\n while True: x.append(open('/dev/null'))\nexcept OSError as e: print(errno.errorcode[e.errno])",
    (out) => assert.equal(out, "EMFILE"),
    { limits: { open_files: 32 } },
  ),
  ended(
    "output is limited",
    "sh",
    "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
    {
      status: "limit",
      limit: "output",
    },
    { limits: { output_total_bytes: MiB } },
  ),
  {
    name: "daemons do not outlive their job",
    run: async (stage) => {
      const code =
        "import os,time\nif os.fork()==0:\n os.setsid()\n if os.fork()==0: time.sleep(60)\n os._exit(0)\nprint('left')";
      const { result } = await job(stage, "python", code, { status: "exited", exit_code: 0 });
      assert.ok(result.wall_ms < 8000, `${result.wall_ms} ms`);
    },
  },
];
