// An interpreter that waited gives a program no more than one that was started for it, and no
// program ever runs beside one that waits.

import assert from "node:assert/strict";
import { numbers, type SyscallName, syscallNumber, thisArch } from "../../linux/syscall_numbers.ts";
import { startAgent } from "../helpers/agent.ts";
import { connect, type Job, runJob, text } from "../helpers/job.ts";
import { file, root, testNeeding } from "../helpers/need.ts";
import { coldly, untilWarm, warmJobs } from "../helpers/warm.ts";

/** Runs a program in an interpreter that waited, and in one that did not. */
async function bothWays(language: string, code: string): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const env of [{}, coldly]) {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    await runJob(client, { language, code: "" });
    await untilWarm(agent.pid, 1);
    jobs.push(await runJob(client, { language, code, env: { ...env } }));
    assert.equal(
      jobs.at(-1)!.result.timing.ahead_cpu_ms !== undefined,
      env !== coldly,
      "it was warm",
    );
    assert.equal(agent.stderr(), "");
  }
  return jobs;
}

testNeeding(
  [root, file("/usr/bin/perl")],
  "warm: the dangerous calls have the same answers as in a new interpreter",
  async () => {
    const source = new URL("../fixtures/dangerous/dangerous.c", import.meta.url);
    const code = await Deno.readTextFile(source);
    const found = [...code.matchAll(/\bCALL\((\w+)/g)].map(([, name]) => name);
    const names = new Set(found.filter((name) => name in numbers)) as Set<SyscallName>;
    const attempts = [...names].map((name) =>
      `$! = 0; my $r_${name} = syscall(${syscallNumber(thisArch, name)}, (-1) x 6); ` +
      `print "${name} ", $r_${name} < 0 ? $! + 0 : "done", "\\n";`
    );
    const [warm, cold] = await bothWays("perl", attempts.join("\n"));
    const answers = text(warm.stdout).trim().split("\n");
    assert.equal(answers.length, names.size, text(warm.stderr));
    assert.deepEqual(answers, text(cold.stdout).trim().split("\n"));
    assert.deepEqual(warm.result.denied, cold.result.denied);
    assert.ok(warm.result.denied.length >= 60, `only ${warm.result.denied.length} are told`);
    assert.deepEqual(answers.filter((line) => line.endsWith("done")), []);
  },
);

testNeeding(
  [root, file("/usr/bin/python3")],
  "warm: a program can neither execute anything nor take its limits back",
  async () => {
    const code = `import os, resource, signal
def tried(what, *arguments):
    try: return what(*arguments)
    except (OSError, ValueError) as error: return type(error).__name__, str(error)
print(tried(os.execv, "/bin/true", ["true"]))
for name in sorted(n for n in dir(resource) if n.startswith("RLIMIT")):
    number = getattr(resource, name)
    soft, hard = resource.getrlimit(number)
    higher = resource.RLIM_INFINITY if hard != resource.RLIM_INFINITY else None
    print(name, higher and tried(resource.setrlimit, number, (higher, higher)))
print(sorted(p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()))
print([tried(os.kill, pid, signal.SIGKILL) for pid in (1, 2)])
print(open("/proc/self/status").read().split("Seccomp:")[1].split()[0], os.getresuid(), os.getgroups())
`;
    const [warm, cold] = await bothWays("python", code);
    assert.equal(text(warm.stdout), text(cold.stdout), text(warm.stderr));
    assert.match(text(warm.stdout), /^\('PermissionError'/);
    const limits = text(warm.stdout).split("\n").filter((line) => line.startsWith("RLIMIT"));
    assert.deepEqual(limits.filter((line) => !/None$|not allowed to raise/.test(line)), []);
    assert.ok(limits.filter((line) => !line.endsWith("None")).length >= 7, limits.join("\n"));
    assert.deepEqual(warm.result.denied, cold.result.denied);
  },
);

testNeeding(
  [root, file("/usr/bin/python3")],
  "warm: no interpreter waits while a program runs",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    await runJob(client, { language: "python", code: "" });
    await untilWarm(agent.pid, 1);
    await using other = await connect(agent.target);
    await other.put("x", "x"); // keeps the sandbox with the first interpreter
    await untilWarm(agent.pid, 2);
    const run = client.run({ language: "sh", code: "sleep 0.5" });
    await run.acked;
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (let looks = 0; looks < 20; looks++) {
      assert.deepEqual(warmJobs(agent.pid), []);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    assert.equal((await run.result).exit_code, 0);
  },
);
