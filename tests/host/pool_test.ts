// A pool of real machines: the line, its bounds, and the ways out of it.

import assert from "node:assert/strict";
import { RequestError } from "../../controller/client.ts";
import { printed, refuses, sh, staged } from "./pool_stage.ts";

Deno.test("a job gets a machine, and its result says which", () =>
  staged({}, async ({ pool, events }) => {
    const run = pool.run(sh("echo $((6 * 7))"));
    const result = await run.result;
    assert.deepEqual([printed(result), result.status, result.machine, result.attempts], [
      ...["42", "exited", "1", 1],
    ]);
    await run.began;
    assert.ok(result.waitedMs > 0);
    const told = events.filter((event) => "job" in event).map(({ type }) => type);
    assert.deepEqual(told, ["queued", "began", "ended"]);
  }));

Deno.test("one machine takes who waits by priority, and then in turns", () =>
  staged({}, async ({ pool, events }) => {
    await pool.ready();
    const first = pool.run(sh("sleep 0.3"));
    const add = (tenant: string, priority = 0) => pool.run({ ...sh("true"), tenant, priority });
    const rest = [add("a"), add("a"), add("a"), add("b"), add("c"), add("b"), add("c", 1)];
    await Promise.all([first, ...rest].map(({ result }) => result));
    const order = events.flatMap((event) => event.type === "began" ? [event.tenant] : []);
    assert.equal(order.join(""), "cabcaba");
  }));

Deno.test("a full line refuses at once: of 1,000 callers 100 are served", () =>
  staged({ size: 2, queue: { waiting: 100 } }, async ({ pool }) => {
    await pool.ready(2);
    const busy = [pool.run(sh("sleep 1")), pool.run(sh("sleep 1"))];
    await Promise.all(busy.map(({ began }) => began));
    const start = performance.now();
    const runs = Array.from({ length: 1000 }, (_, index) => pool.run(sh(`echo ${index}`)));
    const ends = runs.map(({ result }) => result.then(printed, (error) => error.kind));
    const refused = await Promise.all(ends.slice(100));
    assert.ok(performance.now() - start < 500, "the refusals took their time");
    assert.deepEqual(new Set(refused), new Set(["full"]));
    await assert.rejects(runs[500].result, refuses("full", "no", /100 wait already/));
    assert.deepEqual(await Promise.all(ends.slice(0, 100)), [...Array(100).keys()].map(String));
    assert.deepEqual(pool.status().counts.failed, { full: 900 });
    await Promise.all(busy.map(({ result }) => result));
  }));

Deno.test("a tenant's share is bounded too", () =>
  staged({ queue: { waiting: 10, waitingOfOne: 1 } }, async ({ pool }) => {
    await pool.ready();
    const busy = pool.run(sh("sleep 0.2"));
    const waits = pool.run({ ...sh("true"), tenant: "a" });
    const many = pool.run({ ...sh("true"), tenant: "a" });
    await assert.rejects(many.result, refuses("full", "no", /1 of "a" wait already/));
    const other = pool.run({ ...sh("true"), tenant: "b" });
    await Promise.all([busy.result, waits.result, other.result]);
  }));

Deno.test("a deadline passes in the line, and not in the run", () =>
  staged({}, async ({ pool }) => {
    await pool.ready();
    const busy = pool.run({ ...sh("sleep 0.5"), deadlineMs: 100 });
    const late = pool.run({ ...sh("true"), deadlineMs: 100 });
    await assert.rejects(late.result, refuses("deadline", "no", /free for 100 ms/));
    assert.equal((await busy.result).status, "exited");
    assert.equal(pool.status().waiting, 0);
  }));

Deno.test("a caller leaves the line, and cancels a run", () =>
  staged({}, async ({ pool, events }) => {
    await pool.ready();
    const [one, two] = [new AbortController(), new AbortController()];
    const runs = pool.run({ ...sh("sleep 20"), signal: one.signal });
    const waits = pool.run({ ...sh("true"), signal: two.signal });
    await runs.began;
    two.abort();
    await assert.rejects(waits.result, refuses("cancelled"));
    one.abort();
    assert.equal((await runs.result).status, "cancelled");
    const never = pool.run({ ...sh("true"), signal: one.signal });
    await assert.rejects(never.result, refuses("cancelled"));
    assert.equal((await pool.run(sh("true")).result).status, "exited");
    assert.equal(events.filter(({ type }) => type === "booting").length, 1);
    assert.deepEqual(pool.status().counts.failed, { cancelled: 2 });
  }));

Deno.test("output comes as it is written, to a callback and to an iterator", () =>
  staged({}, async ({ pool }) => {
    const code = "echo one; sleep 0.1; echo two";
    let heard = "";
    const decoder = new TextDecoder();
    const run = pool.run({ ...sh(code), onOutput: ({ bytes }) => heard += decoder.decode(bytes) });
    let read = "";
    for await (const { bytes } of run) read += decoder.decode(bytes);
    assert.deepEqual([heard, read], ["one\ntwo\n", "one\ntwo\n"]);
    assert.equal((await run.result).status, "exited");
    const fault = new Error("the caller's own");
    const fails = pool.run({ ...sh(`${code}; sleep 20`), onOutput: () => assert.fail(fault) });
    await assert.rejects(fails.result, fault);
    const echo = pool.run({ ...sh("cat"), stdin: { stream: true } });
    await echo.write("hello");
    await echo.closeStdin();
    assert.equal(printed(await echo.result), "hello");
  }));

Deno.test("what the agent refuses is the caller's, and the machine stays", () =>
  staged({}, async ({ pool, events }) => {
    await assert.rejects(pool.run({ language: "cobol", code: "" }).result, (error) => {
      assert.ok(error instanceof RequestError);
      assert.equal(error.code, "unknown_language");
      return true;
    });
    await assert.rejects(pool.run({ language: "sh" }).result, TypeError);
    assert.equal((await pool.run(sh("true")).result).machine, "1");
    assert.equal(events.filter(({ type }) => type === "booting").length, 1);
    assert.deepEqual(pool.status().counts.failed, { refused: 2 });
  }));
