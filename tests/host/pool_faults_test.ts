// Machines that die or hang under a pool: what their jobs' callers are told, and that others come.

import assert from "node:assert/strict";
import { PoolError } from "../../host/pool/pool_error.ts";
import { agentCommand } from "../../scripts/tools/source_agent.ts";
import { leavesNothing } from "./leaves_nothing.ts";
import { printed, refuses, sh, staged } from "./pool_stage.ts";

const health = { everyMs: 100, answerMs: 400 };
const quick = { backoff: { firstMs: 20, longestMs: 100 }, giveUpAfter: 3 };

Deno.test("a machine that is killed while it waits is replaced", () =>
  staged({ boots: quick }, async ({ pool, agentOf, happened }) => {
    await pool.ready();
    Deno.kill(agentOf("1"), "SIGKILL");
    const { why, runs } = await happened("died");
    assert.deepEqual([why, runs], ["the agent ended by SIGKILL", 0]);
    assert.equal((await pool.run(sh("true")).result).machine, "2");
  }));

Deno.test("a machine that is killed while it runs a job: the caller learns that it began", () =>
  staged({}, async ({ pool, agentOf, happened }) => {
    const run = pool.run(sh("sleep 20"));
    await run.began;
    Deno.kill(agentOf("1"), "SIGKILL");
    await assert.rejects(run.result, refuses("lost", "yes", /Machine 1 was lost/));
    const { why, runs } = await happened("died");
    assert.deepEqual([why, runs], ["the agent ended by SIGKILL", 1]);
    assert.equal((await pool.run(sh("true")).result).machine, "2");
  }));

Deno.test("an idempotent run is tried again, but not where its output was given out", () =>
  staged({}, async ({ pool, agentOf }) => {
    const again = pool.run({ ...sh("sleep 0.5; echo done"), idempotent: true });
    await again.began;
    Deno.kill(agentOf("1"), "SIGKILL");
    const result = await again.result;
    assert.deepEqual([printed(result), result.machine, result.attempts], ["done", "2", 2]);
    const told = pool.run({
      ...sh("echo one; sleep 20"),
      idempotent: true,
      onOutput: () => Deno.kill(agentOf("2"), "SIGKILL"),
    });
    await assert.rejects(told.result, refuses("lost", "yes"));
  }));

Deno.test("a machine that dies as it gets a job: tried again unless it may have begun", () =>
  staged({ size: 2, boots: quick }, async ({ pool, agentOf, events }) => {
    const kinds = new Set<string>();
    for (let round = 0; round < 12; round++) {
      await pool.ready(2);
      // Rested: it is asked first. Else it has just answered, and the job is sent at once.
      await new Promise((resolve) => setTimeout(resolve, round % 2 === 0 ? 80 : 0));
      const [next] = pool.status().machines;
      Deno.kill(agentOf(next.name), "SIGKILL");
      const run = pool.run(sh("echo here"));
      try {
        const { machine, attempts } = await run.result;
        assert.notEqual(machine, next.name);
        kinds.add(`attempts ${attempts}`);
      } catch (error) {
        assert.ok(error instanceof PoolError && error.kind === "lost", String(error));
        assert.equal(error.began, "perhaps");
        kinds.add("perhaps");
      }
    }
    assert.ok(kinds.has("attempts 2"), [...kinds].join());
    for (const event of events) {
      if (event.type === "again") assert.equal(event.began, "no");
    }
  }));

Deno.test("a stopped agent is replaced while it waits", () =>
  staged({ health, boots: quick }, async ({ pool, agentOf, happened }) => {
    await pool.ready();
    Deno.kill(agentOf("1"), "SIGSTOP");
    assert.match((await happened("died")).why, /no sign of life for 400 ms/);
    assert.equal((await pool.run(sh("true")).result).machine, "2");
  }));

Deno.test("a stopped agent gets no job: the run goes to another machine", () =>
  staged({ size: 2, health: { answerMs: 300 } }, async ({ pool, agentOf, happened }) => {
    await pool.ready(2);
    await new Promise((resolve) => setTimeout(resolve, 80));
    const [{ name }] = pool.status().machines;
    Deno.kill(agentOf(name), "SIGSTOP");
    const { machine, attempts } = await pool.run(sh("true")).result;
    assert.ok(machine !== name && attempts === 2);
    assert.equal((await happened("again")).began, "no");
    await pool.ready(2);
    for (const one of pool.status().machines) Deno.kill(agentOf(one.name), "SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 80));
    const never = pool.run({ ...sh("true"), retries: 0 });
    await assert.rejects(never.result, refuses("lost", "no", /no sign of life/));
  }));

Deno.test("an agent that is stopped during a job is found out, and its caller told", () =>
  staged({ health }, async ({ pool, agentOf }) => {
    const run = pool.run(sh("sleep 20"));
    await run.began;
    Deno.kill(agentOf("1"), "SIGSTOP");
    await assert.rejects(run.result, refuses("lost", "yes"));
    assert.equal((await pool.run(sh("true")).result).machine, "2");
  }));

Deno.test("an image that does not boot: longer and longer waits, one clear error, and then it works", () =>
  staged(
    { boots: quick, host: { image: { agent: ["/bin/sh", "-c", "exit 3"] } } },
    async (stage) => {
      const { pool, events } = stage;
      const first = pool.run(sh("true"));
      await assert.rejects(
        first.result,
        refuses("no_machine", "no", /agent ended before the agent/),
      );
      const start = performance.now();
      await assert.rejects(pool.run(sh("true")).result, refuses("no_machine"));
      await assert.rejects(pool.lease(), refuses("no_machine"));
      assert.ok(performance.now() - start < 50, "it was told at once");
      const failed = events.filter((event) => event.type === "boot_failed");
      assert.deepEqual(failed.slice(0, 3).map(({ failures }) => failures), [1, 2, 3]);
      assert.ok(failed[0].pauseMs <= 20 && failed[2].pauseMs >= 60 && failed[2].pauseMs <= 80);
      assert.equal(pool.status().boots?.why, failed.at(-1)!.why);
      assert.ok(events.every(({ type }) => type !== "ready"));
    },
  ));

Deno.test("a program that is missing is told at the first boot", () =>
  staged({ host: { image: { agent: ["/nonexistent/agent"] } } }, async ({ pool, events }) => {
    await assert.rejects(pool.run(sh("true")).result, refuses("no_machine", "no", /nonexistent/));
    assert.equal(events.filter(({ type }) => type === "boot_failed").length, 1);
  }));

Deno.test("an image that boots again ends the waits", () =>
  leavesNothing(async (directory) => {
    // An agent that cannot start while there is a file.
    const [program, ...args] = agentCommand();
    const broken = `${directory}/broken`;
    await Deno.writeTextFile(broken, "");
    const agent = [
      "/bin/sh",
      "-c",
      `[ -e ${broken} ] && exit 4; exec "$@"`,
      "sh",
      program,
      ...args,
    ];
    await staged({ boots: quick, host: { image: { agent } } }, async ({ pool }) => {
      await assert.rejects(pool.run(sh("true")).result, refuses("no_machine"));
      await Deno.remove(broken);
      await pool.ready();
      assert.equal((await pool.run(sh("true")).result).status, "exited");
      assert.equal(pool.status().boots, null);
    });
  }));

Deno.test("an observer that throws harms nobody", () =>
  staged({}, async ({ pool, events }) => {
    events.push = () => {
      throw new Error("the observer's own");
    };
    assert.equal((await pool.run(sh("true")).result).status, "exited");
  }));
