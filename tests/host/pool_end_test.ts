// How a pool ends: in order, at once, with its process, and by the kernel's hand.

import assert from "node:assert/strict";
import { clearLeftovers } from "../../host/machine/leftovers.ts";
import { agentCommand } from "../../scripts/tools/source_agent.ts";
import { descendants } from "../helpers/census.ts";
import { waitUntilGone } from "../helpers/agent.ts";
import { leavesNothing } from "./leaves_nothing.ts";
import { refuses, sh, staged } from "./pool_stage.ts";

Deno.test("a drain lets jobs end, sends away who waits, and takes nothing new", () =>
  staged({}, async ({ pool }) => {
    const runs = pool.run(sh("sleep 0.4; echo done"));
    await runs.began;
    const waits = pool.run(sh("true"));
    const drained = pool.drain(5000);
    await assert.rejects(waits.result, refuses("draining"));
    await assert.rejects(pool.run(sh("true")).result, refuses("draining"));
    assert.equal(pool.status().state, "draining");
    assert.equal((await runs.result).status, "exited");
    assert.deepEqual(await drained, { cut: 0 });
    await assert.rejects(pool.run(sh("true")).result, refuses("closed"));
    assert.deepEqual(pool.status().machines, []);
  }));

Deno.test("a drain cuts off what does not end, and says that it began", () =>
  staged({ size: 2 }, async ({ pool }) => {
    const runs = [pool.run(sh("sleep 60")), pool.run(sh("sleep 60"))];
    await Promise.all(runs.map(({ began }) => began));
    const cut = runs.map(({ result }) => assert.rejects(result, refuses("lost", "yes")));
    assert.deepEqual(await pool.drain(200), { cut: 2 });
    await Promise.all(cut);
  }));

Deno.test("disposing ends what boots, what runs and what waits", () =>
  staged({ size: 2, boots: { atOnce: 1 } }, async ({ pool, happened }) => {
    const runs = pool.run(sh("sleep 60"));
    await runs.began;
    const waits = pool.run(sh("true"));
    await happened("booting", ({ machine }) => machine === "2");
    const ends = [
      assert.rejects(runs.result, refuses("lost", "yes")),
      assert.rejects(waits.result, refuses("closed")),
    ];
    await pool[Symbol.asyncDispose]();
    await Promise.all(ends);
  }));

Deno.test("a pool that ends at once leaves nothing", () => staged({ size: 2 }, async () => {}));

const config = new URL("../../deno.json", import.meta.url).pathname;
const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** A host's process with a pool of two, which runs a job of a second and tells its result. */
async function host(directory: string, last: string) {
  const path = `${directory}/host.ts`;
  await Deno.writeTextFile(
    path,
    `const { Pool } = await import(${module("../../host/pool/pool.ts")});
    const { hostMachines } = await import(${module("../../host/pool/host_machines.ts")});
    const machines = hostMachines({
      monitor: "process", memoryMib: 512, cpus: 1, root: "${directory}/machines",
      image: { agent: ${JSON.stringify(agentCommand())} },
      onCleared: (cleared) => console.log("cleared", cleared.length),
    });
    const pool = new Pool({ machines, size: 2, recycling: "never" });
    await pool.ready(2);
    const run = pool.run({ language: "sh", code: "sleep 1" });
    run.result.then(({ status }) => console.log(status), () => console.log("lost"));
    await run.began;
    ${last}
    console.log("began");`,
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", config, path],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let said = "";
  const read = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) said += text;
  })();
  for (let ms = 0; !said.includes("began") && ms < 20_000; ms += 20) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    child,
    family: descendants(child.pid),
    said: async () => {
      await Promise.all([child.status, read]);
      return said.trim().split("\n").join(" ");
    },
  };
}

const names = (directory: string) =>
  [...Deno.readDirSync(`${directory}/machines`)].map(({ name }) => name);

Deno.test("a host that gets SIGTERM drains its pool: its job ends, and nothing is left", () =>
  leavesNothing(async (directory) => {
    const drain = `Deno.addSignalListener("SIGTERM", async () => {
      console.log("cut", (await pool.drain(5000)).cut);
      Deno.exit(0);
    });`;
    const { child, family, said } = await host(directory, drain);
    child.kill("SIGTERM");
    assert.equal(await said(), "cleared 0 began exited cut 0");
    assert.equal((await child.status).code, 0);
    assert.deepEqual(await waitUntilGone(family, 1000), []);
    assert.deepEqual(names(directory), []);
  }));

Deno.test("a host that is killed: its machines end, and the next one clears what they left", () =>
  leavesNothing(async (directory) => {
    const first = await host(directory, "");
    first.child.kill("SIGKILL");
    await first.said();
    assert.equal(names(directory).length, 2);
    assert.deepEqual(await waitUntilGone(first.family, 3000), [], "its agents end");
    const second = await host(directory, "await run.result; await pool.drain(1000);");
    assert.equal(await second.said(), "cleared 2 exited began");
    assert.deepEqual(names(directory), []);
    assert.deepEqual(await clearLeftovers(`${directory}/machines`), []);
  }));
