// Jobs that are forked and confined in advance: they serve the next request, or leave nothing.
//
// Armed jobs are looked up from outside, through /proc, so these tests fail if no job is armed.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { armedJobs, untilArmed } from "../helpers/armed.ts";
import { assertSettles, census } from "../helpers/census.ts";
import { connect, runJob, runNext, text } from "../helpers/job.ts";
import { cc, file, root, testNeeding } from "../helpers/need.ts";
import { Wire } from "../helpers/wire.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A census when one job is armed and earlier sandboxes have been removed. */
async function censusAtRest(pid: number) {
  await untilArmed(pid, 1);
  await sleep(300);
  return census(pid);
}

testNeeding(
  [root],
  "armed: one job waits, for the language used last, and is the one that runs",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const { languages, prepared, prepared_each: each } = await client.info();
    assert.equal(languages.find(({ name }) => name === "sh")?.level, "armed");
    assert.ok(prepared! > 0 && each!.make_ms > 0, JSON.stringify(each));
    // Two static programs of a few hundred bytes, with a stack and an arena each.
    assert.ok(each!.memory_bytes >= 8192 && each!.memory_bytes <= 1 << 20, JSON.stringify(each));
    await runNext(client, "sh");
    const [armed] = await untilArmed(agent.pid, 1);
    const run = client.run({ language: "sh", code: "exec sleep 1" });
    await sleep(300);
    const program = Deno.readLinkSync(`/proc/${armed.pid}/exe`);
    assert.ok(program.endsWith("/sleep"), `the armed process became ${program}`);
    await run.result;
  },
);

testNeeding(
  [root, cc, file("/usr/bin/ruby")],
  "armed: fifty jobs of the armed and of other languages leave nothing",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    for (const language of ["ruby", "sh", "exec", "sh"]) await runNext(client, language);
    await untilArmed(agent.pid, 1);
    const before = await censusAtRest(agent.pid);
    // The armed language and others in turn, in all orders, without and with a pause.
    const order = ["sh", "ruby", "sh", "sh", "exec", "exec", "ruby", "exec", "sh", "sh"];
    for (let round = 0; round < 5; round++) {
      for (const language of order) {
        if (round % 2 === 1) await untilArmed(agent.pid, 1);
        await runNext(client, language);
      }
      await assertSettles(agent.pid, before);
    }
  },
);

testNeeding([root], "armed: a job that dies before its request is not missed", async (t) => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  const [first] = await untilArmed(agent.pid, 1);
  const before = await censusAtRest(agent.pid);
  await t.step("long before", async () => {
    Deno.kill(first.pid, "SIGKILL");
    await untilArmed(agent.pid, 0);
    await sleep(50);
    await runNext(client, "sh");
    await untilArmed(agent.pid, 1);
  });
  await t.step("at the same moment", async () => {
    for (let round = 0; round < 20; round++) {
      const [job] = await untilArmed(agent.pid, 1);
      const run = client.run({ language: "sh", code: "echo next" });
      Deno.kill(job.pid, "SIGKILL");
      const result = await run.result;
      // The kill comes either before the job gets its program or after that.
      if (result.status === "signaled") assert.equal(result.signal, "SIGKILL");
      else assert.equal(text(result.output.stdout), "next\n");
    }
  });
  await runNext(client, "sh");
  await untilArmed(agent.pid, 1);
  await assertSettles(agent.pid, before);
});

testNeeding([root], "armed: nothing stays armed while a job runs, wherever it was", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await using other = await connect(agent.target);
  await runNext(client, "sh");
  await untilArmed(agent.pid, 1);
  await other.put("mine", new TextEncoder().encode("mine"));
  // The other client's sandbox was armed when the client got it, and so is the next one.
  await untilArmed(agent.pid, 2);
  const run = client.run({ language: "sh", code: "sleep 1" });
  await sleep(400);
  assert.deepEqual(armedJobs(agent.pid), []);
  await run.result;
  await untilArmed(agent.pid, 1);
  const job = await runJob(other, { language: "sh", code: "cat mine" });
  assert.equal(text(job.stdout), "mine");
});

testNeeding([root], "armed: never in a sandbox in which a program has run", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  await untilArmed(agent.pid, 1);
  const kept = client.run({ language: "sh", code: "sleep 0.5; echo kept > file", keep: true });
  await sleep(250);
  const mine = Deno.readDirSync("/proc").filter(({ name }) => /^\d+$/.test(name)).flatMap(
    ({ name }) => {
      try {
        const isSleep = Deno.readTextFileSync(`/proc/${name}/comm`) === "sleep\n";
        const isJob = Deno.readTextFileSync(`/proc/${name}/status`).includes("\nUid:\t65533\t");
        return isSleep && isJob ? [Deno.readLinkSync(`/proc/${name}/ns/pid`)] : [];
      } catch {
        return [];
      }
    },
  ).toArray();
  assert.equal(mine.length, 1, "the job is seen from outside");
  await kept.result;
  const [armed] = await untilArmed(agent.pid, 1);
  assert.notEqual(armed.sandbox, mine[0]);
  const next = await runJob(client, { language: "sh", code: "cat file", keep: true });
  assert.equal(text(next.stdout), "kept\n");
  const [again] = await untilArmed(agent.pid, 1);
  assert.notEqual(again.sandbox, mine[0]);
});

testNeeding([root], "armed: a cancel at any moment", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  await untilArmed(agent.pid, 1);
  const before = await censusAtRest(agent.pid);
  using wire = await Wire.connect(agent.path);
  await wire.message();
  const run = JSON.stringify({ type: "run", language: "sh", code: "sleep 60" });
  for (const delayMs of [-1, 0, 0, 1, 1, 2, 3, 5, 10, 50]) {
    await untilArmed(agent.pid, 1);
    if (delayMs < 0) await wire.send(`${run}\n{"type":"cancel"}\n`);
    else {
      await wire.send(`${run}\n`);
      if (delayMs > 0) await sleep(delayMs);
      await wire.say({ type: "cancel" });
    }
    const { message } = await wire.until("result");
    assert.equal(message.status, "cancelled", JSON.stringify(message));
  }
  wire[Symbol.dispose]();
  await runNext(client, "sh");
  await untilArmed(agent.pid, 1);
  await assertSettles(agent.pid, before);
});

testNeeding([root], "armed: a request's limits hold, those above the default too", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const code = "ulimit -n; ulimit -f; ulimit -t; ulimit -c; ulimit -Hn";
  await runNext(client, "sh");
  const asked = [
    [{ open_files: 1024, file_bytes: 1024, cpu_ms: 3000 }, "1024\n2\n3\n0\n1024\n"],
    [{ open_files: 64 }, "64\n131072\n10\n0\n64\n"],
    [{}, "256\n131072\n10\n0\n256\n"],
  ] as const;
  for (const [limits, expected] of asked) {
    await untilArmed(agent.pid, 1);
    const job = await runJob(client, { language: "sh", code, limits });
    assert.equal(text(job.stdout), expected);
  }
});

testNeeding([root], "armed: waiting for a request is in no account", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  await untilArmed(agent.pid, 1);
  await sleep(1500);
  const { result } = await runJob(client, { language: "sh", code: "exit 0", timeout_ms: 1000 });
  assert.equal(result.status, "exited");
  assert.ok(result.wall_ms < 500, `${result.wall_ms} ms of wall time`);
  assert.ok(result.cpu_user_ms + result.cpu_system_ms < 200, "CPU time");
});

testNeeding(
  [root],
  "armed: files put before the run are there, and never the program",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    await runNext(client, "sh");
    await untilArmed(agent.pid, 1);
    await client.put("data", new TextEncoder().encode("data\n"));
    await client.put("main.sh", new TextEncoder().encode("echo not this\n"), { mode: 0o400 });
    const job = await runJob(client, { language: "sh", code: "cat data" });
    assert.equal(text(job.stdout), "data\n");
    assert.equal(job.result.status, "exited");
  },
);

testNeeding([root], "armed: a step that fails is named", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await runJob(client, { language: "exec", code: new Uint8Array(100) });
  await untilArmed(agent.pid, 1);
  const { result } = await runJob(client, { language: "exec", code: new Uint8Array(100) });
  assert.equal(result.status, "failed");
  assert.deepEqual([result.step, result.errno], ["run the program", "ENOEXEC"]);
  await untilArmed(agent.pid, 1);
  await runNext(client, "sh");
});

testNeeding([root], "armed: reset makes a new sandbox, with a new armed job", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  await client.reset();
  const [first] = await untilArmed(agent.pid, 1);
  const before = await censusAtRest(agent.pid);
  await client.reset();
  await assertSettles(agent.pid, before);
  const [second] = await untilArmed(agent.pid, 1);
  assert.notEqual(second.sandbox, first.sandbox);
  await runNext(client, "sh");
});
