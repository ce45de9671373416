// A host that dies: its machines end with it, and what they leave is cleared by the next one.

import assert from "node:assert/strict";
import { clearLeftovers } from "../../host/machine/leftovers.ts";
import { bootId, writeMarker } from "../../host/machine/marker.ts";
import { identityOf, isAlive, type ProcessIdentity } from "../../host/machine/processes.ts";
import { waitUntilGone } from "../helpers/agent.ts";
import { leavesNothing } from "./leaves_nothing.ts";

const create = new URL("../../host/machine/create_machine.ts", import.meta.url);
const config = new URL("../../deno.json", import.meta.url).pathname;

/** A host with one machine of the monitor `process`, which does `first` before and `last` then. */
async function host(directory: string, last: string, first = "") {
  const program = `
    const { createMachine } = await import(${JSON.stringify(create.href)});
    const size = { cid: 3, memoryMib: 512, cpus: 1 };
    const machine = createMachine({
      monitor: "process", image: {}, directory: ${JSON.stringify(directory)}, ...size,
    });
    ${first}
    await machine.start();
    console.log("ready");
    ${last}`;
  const path = `${directory}.ts`;
  await Deno.writeTextFile(path, program);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", config, path],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    child,
    end: async () => {
      const status = await child.status;
      await reader.cancel();
      return status;
    },
  };
}

const idle = "await new Promise((resolve) => setTimeout(resolve, 60_000));";

async function marked(directory: string): Promise<ProcessIdentity[]> {
  return JSON.parse(await Deno.readTextFile(`${directory}/machine.json`)).processes;
}

Deno.test("a host that is killed takes its machine's processes along; its directory is cleared", () =>
  leavesNothing(async (directory) => {
    const { child, end } = await host(`${directory}/m`, idle);
    const [agent] = await marked(`${directory}/m`);
    assert.deepEqual(await clearLeftovers(directory), [], "a living host's machine stays");
    assert.ok(isAlive(agent));
    child.kill("SIGKILL");
    await end();
    assert.deepEqual(await waitUntilGone([agent.pid], 3000), [], "the agent ends by itself");
    assert.deepEqual(await clearLeftovers(directory), [{
      directory: `${directory}/m`,
      killed: [],
    }]);
  }));

Deno.test("what still runs of a dead host is ended, and nobody else", () =>
  leavesNothing(async (directory) => {
    const start = (seconds: number) =>
      new Deno.Command("sleep", { args: [String(seconds)], stdin: "null" }).spawn();
    const [own, other] = [start(61), start(62)];
    await Deno.mkdir(`${directory}/m`);
    const [mine, others] = [identityOf(own.pid)!, identityOf(other.pid)!];
    const host = { pid: Deno.pid, start: 1 }; // this pid, but an earlier process
    const processes = [mine, { ...others, start: others.start + 1 }];
    await writeMarker(`${directory}/m`, { boot: bootId(), host, processes });
    assert.deepEqual(await clearLeftovers(directory), [
      { directory: `${directory}/m`, killed: [mine] },
    ]);
    assert.equal((await own.status).signal, "SIGKILL");
    assert.ok(isAlive(others));
    other.kill("SIGKILL");
    await other.status;
  }));

Deno.test("after another boot a pid means nothing", () =>
  leavesNothing(async (directory) => {
    const sleep = new Deno.Command("sleep", { args: ["63"], stdin: "null" }).spawn();
    const mine = identityOf(sleep.pid)!;
    await Deno.mkdir(`${directory}/m`);
    const marker = { boot: "another", host: identityOf()!, processes: [mine] };
    await writeMarker(`${directory}/m`, marker);
    assert.equal((await clearLeftovers(directory)).length, 1);
    assert.ok(isAlive(mine));
    sleep.kill("SIGKILL");
    await sleep.status;
  }));

Deno.test("what has no marker, or one that cannot be read, stays", () =>
  leavesNothing(async (directory) => {
    await Deno.mkdir(`${directory}/a`);
    await Deno.mkdir(`${directory}/b`);
    await Deno.writeTextFile(`${directory}/b/machine.json`, '{"host":{"pid":0,"start":1}}');
    await Deno.writeTextFile(`${directory}/c`, "");
    assert.deepEqual(await clearLeftovers(directory), []);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).toSorted(), [
      "a",
      "b",
      "c",
    ]);
  }));

/** Kills the host as it calls something of Deno's for the `count`th time. */
const killedAt = (call: string, count: number) => `
  const real = Deno.${call};
  let calls = 0;
  Deno.${call} = (...all) => {
    if (++calls === ${count}) Deno.kill(Deno.pid, "SIGKILL");
    return real(...all);
  };`;

for (
  const [when, first, last] of [
    ["writes the marker", killedAt("writeTextFile", 1), idle],
    ["names the marker", killedAt("rename", 1), idle],
    ["names the directory", killedAt("rename", 2), idle],
    ["removes it", "", `${killedAt("remove", 1)} await machine.stop();`],
  ]
) {
  Deno.test(`a host that is killed as it ${when}: nothing is left`, () =>
    leavesNothing(async (directory) => {
      const { end } = await host(`${directory}/m`, last, first);
      assert.equal((await end()).signal, "SIGKILL");
      const left = () =>
        [...Deno.readDirSync(directory)].flatMap(({ name }) => name === "m.ts" ? [] : [name]);
      assert.equal(left().length, 1);
      assert.equal((await clearLeftovers(directory)).length, 1);
      assert.deepEqual(left(), []);
    }));
}
