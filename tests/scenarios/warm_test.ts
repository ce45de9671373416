// Interpreters that are started ahead of their requests: the program cannot tell, and nothing but
// time is lost when one dies.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { type Client, connect, type Job, runJob, text } from "../helpers/job.ts";
import type { RunOptions } from "../../controller/client.ts";
import { file, root, testNeeding } from "../helpers/need.ts";
import { untilArmed } from "../helpers/armed.ts";
import { assertSettles, censusAtRest } from "../helpers/census.ts";
import { coldly, untilWarm } from "../helpers/warm.ts";

// What does differ: /proc/self/cmdline and /proc/self/environ show no arguments and no variables of
// the request, since those came later; bash lists BASH_ARGC, PIPESTATUS and SECONDS as used; and the
// stack of an error in Node's main module has another last line.

/** Programs of the warm languages that tell all that could give a warm start away. */
const tellers: Record<string, { need: string; code: string }> = {
  python: {
    need: "/usr/bin/python3",
    code: `import gc, os, resource, signal, sys, threading, traceback
print(sys.argv, sys.orig_argv, sys.path, sys.flags, sys.executable, __name__, __file__)
print(__spec__, type(__loader__), __loader__.path, sorted(globals()), sorted(sys.modules))
own = sorted(e for e in os.environ.items() if e[0] not in ("LD_NOTHING", "SALLYPORT_MARK"))
print(own, os.getcwd(), os.listdir(), os.listdir("/tmp"))
print(sorted(os.listdir("/proc/self/fd")), open("/proc/self/cmdline").read().split("\\0")[:4], sys.path_importer_cache.keys())
print(threading.active_count(), len(os.listdir("/proc/self/task")), os.umask(0), os.getppid())
print({n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT")})
print({s: signal.getsignal(s) for s in (1, 2, 13, 15)}, gc.get_threshold(), sys._getframe().f_back)
print(sys.stdin.read(), sys.stdout.line_buffering, sys.stdin.fileno(), sys.getrecursionlimit())
def inner(): traceback.print_stack(); raise KeyError("é")
try: inner()
except KeyError: raise ValueError("the end")
`,
  },
  node: {
    need: "/usr/bin/node",
    code: `const fs = require("fs"), os = require("os");
const { LD_NOTHING, SALLYPORT_MARK, ...env } = process.env;
console.log(process.argv, process.execArgv, env, process.cwd(), process.title, process.argv0);
console.log(require.main === module, module, Object.keys(require.cache), process.mainModule === module);
console.log(fs.readdirSync("."), fs.readdirSync("/tmp"), fs.readdirSync("/proc/self/fd").length);
console.log(fs.readFileSync("/proc/self/cmdline", "utf8").split("\\0").slice(0, 2), fs.readdirSync("/proc/self/task").length);
console.log(Object.getOwnPropertyNames(globalThis).sort(), process.umask(), process.ppid);
console.log(fs.readFileSync("/proc/self/limits", "utf8"), fs.readFileSync(0, "utf8"), os.userInfo());
console.log(process.eventNames(), process.listenerCount("exit"));
function inner() { throw new RangeError("é"); }
inner();
`,
  },
  bash: {
    need: "/bin/bash",
    code:
      `declare -p | grep -v -e "^declare -[-irax]* *\\(EPOCH\\|RANDOM\\|SRANDOM\\|BASHPID\\|BASH_ARGC\\|PIPESTATUS\\|SECONDS\\|LD_NOTHING\\)"
shopt -p; set -o; alias; declare -F; trap; umask; ulimit -a; pwd; ls -A . /tmp; ls /proc/self/fd
echo "$0 $# $- $_ \${BASH_SOURCE[@]} \${BASH_LINENO[@]} $LINENO $PPID $SHLVL"; hash; jobs; cat
f() { caller 0; exit 7; }; f
`,
  },
  perl: {
    need: "/usr/bin/perl",
    code: `use Cwd; use FindBin;
print join("|", @ARGV, $0, __FILE__, __LINE__, "@INC", join(",", map { "$_=$INC{$_}" } sort keys %INC)), "\\n";
print join("|", map { "$_=$ENV{$_}" } grep { !/^(LD_NOTHING|SALLYPORT_MARK)$/ } sort keys %ENV), "\\n";
print join("|", getcwd, $FindBin::Bin, (sort glob "*"), (glob "/tmp/*"), sort glob "/proc/self/fd/*"), "\\n";
print join("|", sort(grep { !/^_</ } keys %main::), defined caller, $$ > 0, getppid, umask), "\\n";
open L, "/proc/self/limits"; print <L>; open C, "/proc/self/cmdline"; print +(split /\\0/, <C>)[0, 1];
print <STDIN>, "[$!][$@][$/]", <DATA>, tell(DATA);
sub inner { die "the end" } inner();
__DATA__
data
`,
  },
};

async function run(client: Client, language: string, env: Record<string, string>): Promise<Job> {
  const { code } = tellers[language];
  if (language === "bash") { // takes neither arguments nor variables, not even a mark
    const result = await client.run({ language, code, env, stdin: { text: "in\n" } }).result;
    return { result, left: [], ...result.output };
  }
  const options = { language, code, args: ["a b", "", "é"], stdin: { text: "in\n" } };
  return await runJob(client, {
    ...options,
    env: { ...env, OWN: "x=y", Ä: "1" },
    timeout_ms: 20_000,
  });
}

for (const [language, { need }] of Object.entries(tellers)) {
  testNeeding(
    [root, file(need)],
    `warm: a program in ${language} cannot tell that its interpreter waited`,
    async () => {
      await using agent = await startAgent();
      const said: string[] = [];
      for (const env of [{}, coldly]) {
        await using client = await connect(agent.target);
        await runJob(client, { language, code: "" });
        await untilWarm(agent.pid, 1);
        await using other = await connect(agent.target);
        const job = await run(other, language, { ...env });
        assert.ok(job.result.exit_code! > 0);
        // Where the stack of Node's main module ends.
        const ends = / +at .*(run_main_module|processTicksAndRejections).*\n/;
        said.push(text(job.stdout) + text(job.stderr).replace(ends, ""));
        assert.deepEqual(job.result.denied, []);
      }
      assert.equal(said[0], said[1]);
    },
  );
}

testNeeding(
  [root, file("/usr/bin/python3")],
  "warm: the first output comes before a cold start is over",
  async () => {
    await using agent = await startAgent();
    const times: number[][] = [[], []];
    for (let round = 0; round < 10; round++) {
      for (const [index, env] of [{}, coldly].entries()) {
        await using client = await connect(agent.target);
        await untilWarm(agent.pid, 1);
        const job = await runJob(client, { language: "python", code: "print(1)", env: { ...env } });
        assert.equal(text(job.stdout), "1\n");
        const { spawn_ms, first_output_ms } = job.result.timing as Record<string, number>;
        times[index].push(spawn_ms + first_output_ms);
      }
    }
    const [warm, cold] = times.map((all) => all.toSorted((a, b) => a - b)[5]);
    assert.ok(warm < cold / 2, `${warm} ms warm, ${cold} ms cold`);
  },
);

testNeeding(
  [root, file("/usr/bin/python3")],
  "warm: an interpreter that is killed is replaced, and costs no result",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const next = async () => {
      const job = await runJob(client, {
        language: "python",
        code: "print(1)",
        timeout_ms: 20_000,
      });
      return [job.result.status, text(job.stdout)];
    };
    await next();
    for (let round = 0; round < 8; round++) {
      const [pid] = await untilWarm(agent.pid, 1);
      Deno.kill(pid, "SIGKILL");
      if (round % 2 === 0) await untilWarm(agent.pid, 1);
      assert.deepEqual(await next(), ["exited", "1\n"]);
    }
  },
);

testNeeding(
  [root, file("/usr/bin/python3")],
  "warm: what cannot be served is started anew, and finds no trace",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const code = "import os; print(os.listdir('/tmp'), os.listdir(), os.getcwd())";
    const runs: [RunOptions, string][] = [
      [{ language: "python", code, profile: "programs" }, "[] ['main.py'] /sandbox\n"],
      [{ language: "python", code, limits: { stack_bytes: 1 << 20 } }, "[] ['main.py'] /sandbox\n"],
      [{ language: "python", code, env: { PYTHONPATH: "x" } }, "[] ['main.py'] /sandbox\n"],
      [{ language: "perl", code: "print join '|', glob('/tmp/*'), glob '*'" }, "main.pl"],
      [{ language: "bash", code: "ls /tmp; ls" }, "main.sh\n"],
    ];
    for (const wait of [0, 5, 20, 200]) {
      for (const [options, prints] of runs) {
        await runJob(client, { language: "python", code: "" });
        await new Promise((resolve) => setTimeout(resolve, wait));
        const job = await runJob(client, { ...options, timeout_ms: 20_000 });
        assert.equal(text(job.stdout), prints, `${wait} ms: ${text(job.stderr)}`);
      }
    }
  },
);

testNeeding(
  [root, file("/usr/bin/python3")],
  "warm: code that does not fit is not run",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    await runJob(client, { language: "python", code: "" });
    await untilWarm(agent.pid, 1);
    const limits = (await client.info()).limits as Record<string, number>;
    const full = new Uint8Array(limits.put_bytes);
    for (let left = limits.sandbox_bytes, n = 0; left > 0; left -= full.length, n++) {
      await client.put(`${n}`, full.subarray(0, Math.max(1, left))).catch(() => {});
    }
    const { result } = await runJob(client, { language: "python", code: "print(1)" });
    assert.deepEqual([result.status, result.step, result.errno], [
      "failed",
      "make room for the code",
      "ENOSPC",
    ]);
    await runJob(client, { language: "python", code: "print(1)" });
  },
);

testNeeding(
  [root, file("/usr/bin/python3")],
  "warm: one that keeps dying is started with its request",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const level = async () =>
      (await client.info()).languages.find(({ name }) => name === "python")!.level;
    await runJob(client, { language: "python", code: "" });
    for (let death = 0; death < 3; death++) {
      assert.equal(await level(), "warm");
      const [pid] = await untilWarm(agent.pid, 1);
      Deno.kill(pid, "SIGKILL");
      await untilWarm(agent.pid, 0);
    }
    await untilArmed(agent.pid, 1);
    assert.equal(await level(), "armed");
    const job = await runJob(client, { language: "python", code: "print(1)" });
    assert.equal(text(job.stdout), "1\n");
  },
);

testNeeding(
  [root, file("/usr/bin/python3")],
  "warm: libraries are loaded ahead, those that are there",
  async () => {
    const entry = "tests/helpers/preloading_agent.ts";
    await using agent = await startAgent({
      entry,
      allowAll: true,
      env: { PRELOADED: "decimal random no_such_library" },
    });
    await using client = await connect(agent.target);
    const code = "import sys\nprint('decimal' in sys.modules, 'no_such_library' in sys.modules)\n" +
      "import random; print(random.random())";
    const seen = new Set<string>();
    for (let round = 0; round < 4; round++) {
      await untilWarm(agent.pid, 1);
      const job = await runJob(client, { language: "python", code });
      const [loaded, number] = text(job.stdout).split("\n");
      assert.equal(loaded, "True False", text(job.stderr));
      assert.ok(job.result.timing.ahead_cpu_ms! > 0 && job.result.cpu_user_ms > 0);
      seen.add(number);
    }
    assert.equal(seen.size, 4, "each has random numbers of its own");
    await untilWarm(agent.pid, 1);
    const { warm } = (await client.info()).languages.find(({ name }) => name === "python")!;
    assert.deepEqual(warm!.missing, ["no_such_library"]);
    assert.ok(warm!.memory_bytes > 5 << 20 && warm!.cpu_ms > 0);
  },
);

testNeeding(
  [root, file("/usr/bin/python3")],
  "warm: nothing of the waiting is left to the program, or to others",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const code = `import os, socket
for fd in range(3, 256):
    try: os.fstat(fd)
    except OSError: continue
    print("open", fd)
try: socket.socket(fileno=3)
except OSError as e: print(e.errno)
print([p for p in os.listdir("/proc") if p.isdigit()])
`;
    await runJob(client, { language: "python", code: "" });
    await untilWarm(agent.pid, 1);
    await using other = await connect(agent.target);
    await other.put("x", "x"); // takes the sandbox with the interpreter; another one gets ready
    await untilWarm(agent.pid, 2);
    const job = await runJob(client, { language: "python", code });
    assert.match(text(job.stdout), /^9\n\['\d+'\]\n$/, text(job.stderr)); // it sees itself alone
    assert.deepEqual(job.result.denied, []);
  },
);

testNeeding(
  [root, file("/usr/bin/python3")],
  "warm: a cancel, a timeout and a client that leaves, at any moment",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    await runJob(client, { language: "python", code: "" });
    await untilWarm(agent.pid, 1);
    const before = await censusAtRest(agent.pid);
    for (let round = 0; round < 30; round++) {
      const patience = new AbortController();
      const run = client.run({
        language: "python",
        code: "import time; time.sleep(9)",
        signal: patience.signal,
      });
      await new Promise((resolve) => setTimeout(resolve, round % 6));
      patience.abort();
      assert.equal((await run.result).status, "cancelled");
      if (round % 3 === 0) {
        const { status } = await client.run({
          language: "python",
          code: "while 1: pass",
          timeout_ms: 1 + round,
        })
          .result;
        assert.equal(status, "timeout");
      }
      if (round % 5 === 0) {
        const gone = await connect(agent.target);
        gone.run({ language: "python", code: "while 1: pass" }).result.catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, round % 7));
        await gone[Symbol.asyncDispose]();
      }
      await untilNext(client);
    }
    await untilWarm(agent.pid, 1);
    await assertSettles(agent.pid, before);
  },
);

/** The agent may still be ending the run of a client that left. */
async function untilNext(client: Client): Promise<void> {
  const job = await runJob(client, {
    language: "python",
    code: "print('next')",
    wait_ms: 5000,
    timeout_ms: 9000,
  });
  assert.equal(text(job.stdout), "next\n");
}
