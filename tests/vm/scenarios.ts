// What is tried in the guest from the host, over AF_VSOCK, through the client that users have.
//
// Each scenario takes one thing and throws if it is not so. They run one after another in the same guest: that the next
// one runs is part of what each of them shows.

import assert from "node:assert/strict";
import { type Client, connect, RequestError } from "../../controller/client.ts";
import type { Result } from "../../controller/run.ts";
import type { RunOptions } from "../../controller/client.ts";

/** What a scenario is given. */
export interface Stage {
  /** "firecracker:SOCKET:PORT" or "vsock:CID:PORT". */
  target: string;
}

/** One scenario. */
export interface Scenario {
  name: string;
  run: (stage: Stage) => Promise<void>;
}

/** Thrown where the machine lacks what a scenario needs: counted and named, never a failure. */
export class Skip extends Error {
  override readonly name = "Skip";
}

const MiB = 1 << 20;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Connects, runs `body`, closes. */
async function withClient<T>(stage: Stage, body: (client: Client) => Promise<T>): Promise<T> {
  await using client = await connect(stage.target, { timeoutMs: 10_000 });
  return await body(client);
}

/** Runs one program; says everything when it does not end as `expected` has it. */
async function job(
  stage: Stage,
  language: string,
  code: string,
  expected: Partial<Result>,
  options: Partial<RunOptions> = {},
): Promise<{ result: Result; stdout: string; stderr: string }> {
  return await withClient(stage, async (client) => {
    const result = await client.run({ timeout_ms: 20_000, ...options, language, code }).result;
    const [stdout, stderr] = [text(result.output.stdout), text(result.output.stderr)];
    const { output: _, ...told } = result;
    const found = Object.fromEntries(
      Object.keys(expected).map((k) => [k, told[k as keyof typeof told]]),
    );
    assert.deepEqual(
      found,
      expected,
      `${JSON.stringify(told)}\n${stdout.slice(-300)}\n${stderr.slice(-600)}`,
    );
    assert.equal(result.survivors, 0);
    return { result, stdout, stderr };
  });
}

const python = (
  name: string,
  code: string,
  check: (out: string) => void,
  options?: Partial<RunOptions>,
) => ({
  name,
  run: async (stage: Stage) => {
    const { stdout } = await job(
      stage,
      "python",
      code,
      { status: "exited", exit_code: 0 },
      options,
    );
    check(stdout.trim());
  },
});

const ended = (
  name: string,
  language: string,
  code: string,
  expected: Partial<Result>,
  options?: Partial<RunOptions>,
) => ({
  name,
  run: async (stage: Stage) => void await job(stage, language, code, expected, options),
});

/** A program whose call is refused with an errno, and which the result names. */
const denied = (syscall: string, code: string) => ({
  name: `a denied call is refused and told: ${syscall}`,
  run: async (stage: Stage) => {
    const { result, stdout } = await job(stage, "python", code, { status: "exited", exit_code: 0 });
    assert.match(stdout, /^(EPERM|ENOSYS|EACCES)\n$/);
    assert.ok(result.denied.some((d) => d.syscall === syscall), JSON.stringify(result.denied));
  },
});

const call = (number: number, ...args: string[]) =>
  `import ctypes,errno\nlibc=ctypes.CDLL(None,use_errno=True)\nr=libc.syscall(${
    [number, ...args].join(",")
  })\n` +
  `print(errno.errorcode[ctypes.get_errno()] if r==-1 else r)`;

/** All of them. */
export const scenarios: readonly Scenario[] = [
  ended("sh says hello", "sh", "echo hello", { status: "exited", exit_code: 0 }),
  ended("perl says hello", "perl", 'print "hello\\n"', { status: "exited", exit_code: 0 }),
  python("python says hello", "print('hello')", (out) => assert.equal(out, "hello")),
  ended("an exit code comes back", "sh", "exit 42", { status: "exited", exit_code: 42 }),
  ended("a fatal signal comes back", "sh", "kill -SEGV $$", {
    status: "signaled",
    signal: "SIGSEGV",
  }),
  python(
    "arguments and environment",
    "import os,sys;print(sys.argv[1:],os.environ['A'])",
    (out) => assert.equal(out, "['x y', ''] ü"),
    { args: ["x y", ""], env: { A: "ü" } },
  ),
  python(
    "standard input",
    "import sys;print(sys.stdin.read()[::-1])",
    (out) => assert.equal(out, "cba"),
    { stdin: { text: "abc" } },
  ),
  {
    name: "binary output comes back byte for byte",
    run: (stage) =>
      withClient(stage, async (client) => {
        const code = "import sys;sys.stdout.buffer.write(bytes(range(256))*16)";
        const { output } = await client.run({ language: "python", code }).result;
        assert.deepEqual(output.stdout, new Uint8Array(4096).map((_, i) => i & 255));
      }),
  },
  {
    name: "output is streamed while the job runs",
    run: (stage) =>
      withClient(stage, async (client) => {
        const run = client.run({
          language: "sh",
          code: "echo one; read x; echo $x",
          stream: true,
          stdin: { stream: true },
        });
        const seen: string[] = [];
        for await (const piece of run) {
          seen.push(text(piece.bytes));
          if (seen.length === 1) await run.stdin(new TextEncoder().encode("two\n"));
        }
        assert.equal(seen.join(""), "one\ntwo\n");
        assert.equal((await run.result).status, "exited");
      }),
  },
  {
    name: "a megabyte of output over vsock",
    run: (stage) =>
      withClient(stage, async (client) => {
        const code = `print("x"*${MiB - 1})`;
        const { output, stdout } = await client.run({ language: "python", code }).result;
        assert.deepEqual([output.stdout.length, stdout.dropped], [MiB, 0]);
      }),
  },
  {
    name: "files go in and out",
    run: (stage) =>
      withClient(stage, async (client) => {
        const data = crypto.getRandomValues(new Uint8Array(60_000));
        await client.put("in.bin", data);
        const code = "d=open('in.bin','rb').read();open('out.bin','wb').write(d[::-1])";
        assert.equal(
          (await client.run({ language: "python", code, timeout_ms: 20_000 }).result).exit_code,
          0,
        );
        assert.deepEqual(await client.get("out.bin"), data.toReversed());
        const names = (await client.list()).entries.map((entry) => entry.name);
        assert.ok(names.includes("in.bin") && names.includes("out.bin"), names.join());
      }),
  },
  {
    name: "a path out of the sandbox directory is refused",
    run: (stage) =>
      withClient(stage, async (client) => {
        await assert.rejects(client.get("../etc/passwd"), (e) =>
          e instanceof RequestError && e.code === "forbidden_path");
      }),
  },
  python(
    "nothing of the job before is left",
    "import os;print(os.listdir('.'), os.listdir('/tmp'))",
    (out) => assert.equal(out, "['main.py'] []"),
  ),
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
  python(
    "a job is nobody special",
    "import os;print(os.getuid(),os.geteuid(),os.getgroups(),os.getpid()>1)",
    (out) => assert.match(out, /^1000 1000 \[\] True$/),
  ),
  python(
    "a job has no capabilities, no new privileges, a filter",
    "print([l.split()[1] for l in open('/proc/self/status') if l.startswith(('CapEff','NoNewPrivs','Seccomp:'))])",
    (out) => assert.equal(out, "['0000000000000000', '1', '2']"),
  ),
  python(
    "a job sees only its own processes",
    "import os;print(len([p for p in os.listdir('/proc') if p.isdigit()]))",
    (out) => assert.ok(Number(out) <= 3, out),
  ),
  python(
    "a job cannot read the agent or the kernel's memory",
    "import os\nr=[]\nfor p in ('/init','/proc/kcore','/dev/mem','/dev/vsock','/sys/kernel'):\n r.append(os.access(p,os.R_OK))\nprint(any(r))",
    (out) => assert.equal(out, "False"),
  ),
  python(
    "the guest's files cannot be written",
    "import errno\nr=[]\nfor p in ('/etc/passwd','/usr/bin/x','/x','/init'):\n try: open(p,'w'); r.append('written')\n except OSError as e: r.append('no')\nprint(set(r))",
    (out) => assert.equal(out, "{'no'}"),
  ),
  {
    name: "a job cannot reach the agent's port",
    run: async (stage) => {
      const code =
        "import errno,socket\nfor cid in (1,2,3):\n try:\n  s=socket.socket(socket.AF_VSOCK); s.connect((cid,5000)); print('connected')\n" +
        " except OSError as e: print(errno.errorcode[e.errno])";
      const { result, stdout } = await job(stage, "python", code, { status: "exited" });
      assert.doesNotMatch(stdout, /connected/);
      assert.ok(result.denied.some((d) => d.syscall === "socket"), JSON.stringify(result.denied));
    },
  },
  denied("ptrace", call(101, "0", "0", "0", "0")),
  denied("bpf", call(321, "0", "0", "0")),
  denied("unshare", call(272, "0x10000000")),
  denied("mount", call(165, "b'x'", "b'/tmp'", "b'tmpfs'", "0", "0")),
  denied("keyctl", call(250, "0", "0", "0", "0", "0")),
  denied("reboot", call(169, "0xfee1dead", "672274793", "0x4321fedc", "0")),
  denied("init_module", call(175, "0", "0", "b''")),
  {
    name: "a second run at the same time is busy",
    run: (stage) =>
      withClient(stage, (one) =>
        withClient(stage, async (two) => {
          const first = one.run({ language: "sh", code: "read x", stdin: { stream: true } });
          await first.acked;
          await assert.rejects(
            two.run({ language: "sh", code: "true" }).result,
            (e) => e instanceof RequestError && e.code === "busy",
          );
          await first.stdin(null);
          await first.result;
        })),
  },
  {
    name: "an unknown language and a wrong value are refused, the connection goes on",
    run: (stage) =>
      withClient(stage, async (client) => {
        await assert.rejects(client.run({ language: "cobol", code: "x" }).result, RequestError);
        await assert.rejects(
          client.run({ language: "sh", code: "x", timeout_ms: 1e9 }).result,
          RequestError,
        );
        await client.ping();
      }),
  },
  {
    name: "a run can be cancelled",
    run: (stage) =>
      withClient(stage, async (client) => {
        const run = client.run({ language: "sh", code: "while :; do :; done" });
        await run.acked;
        await run.cancel();
        assert.equal((await run.result).status, "cancelled");
      }),
  },
  {
    name: "a client that goes away takes its run with it",
    run: async (stage) => {
      const client = await connect(stage.target);
      const run = client.run({ language: "sh", code: "while :; do :; done", timeout_ms: 20_000 });
      await run.acked;
      const lost = assert.rejects(run.result);
      await client.close();
      await lost;
      await eventually(() => job(stage, "sh", "echo next", { status: "exited", exit_code: 0 }));
    },
  },
  {
    name: "fifty connections one after another, some half said",
    run: async (stage) => {
      for (let i = 0; i < 50; i++) {
        const client = await connect(stage.target, { timeoutMs: 10_000 });
        if (i % 2 === 0) await client.ping();
        await client.close();
      }
    },
  },
  {
    name: "every hardening layer is on",
    run: (stage) =>
      withClient(stage, async (client) => {
        const off = (await client.info()).hardening.filter((layer) =>
          !layer.on && layer.layer !== "cgroup"
        );
        assert.deepEqual(off, []);
      }),
  },
  {
    name: "reset gives a new sandbox",
    run: (stage) =>
      withClient(stage, async (client) => {
        await client.put("old", "x");
        await client.reset();
        assert.deepEqual((await client.list()).entries, []);
      }),
  },
];

/** Tries until it succeeds, for three seconds: what was cancelled takes a moment to be gone. */
async function eventually(body: () => Promise<unknown>): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      await body();
      return;
    } catch (error) {
      if (tries === 30 || !(error instanceof RequestError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
