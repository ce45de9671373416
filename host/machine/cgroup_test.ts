// Cgroups of machines: on a directory that looks like one, since few machines that run tests have a
// delegated one, and on a real one where there is one.

import assert from "node:assert/strict";
import { delegatedCgroup, enterCgroup, makeCgroup, openCgroup, removeCgroup } from "./cgroup.ts";
import { cgroupDirectory, cgroupTree } from "../../tests/host/cgroup_tree.ts";
import { testNeeding } from "../../tests/helpers/need.ts";

async function inDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "sp-cgroup-" });
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("delegated: a root, missing controllers, and one with all of them", () =>
  inDirectory((directory) => {
    const info = `30 29 0:26 / ${directory} rw - cgroup2 cgroup2 rw\n`;
    const look = (own: string) => delegatedCgroup(`0::${own}\n`, info);
    assert.deepEqual(look("/"), { why: "this process is in the root cgroup" });
    Deno.mkdirSync(`${directory}/a`);
    Deno.writeTextFileSync(`${directory}/a/cgroup.controllers`, "cpu io\n");
    assert.deepEqual(look("/a"), { why: `no memory, pids in "${directory}/a"` });
    Deno.writeTextFileSync(`${directory}/a/cgroup.controllers`, "cpu io memory pids\n");
    assert.match((look("/a") as { why: string }).why, /No such file/);
    Deno.writeTextFileSync(`${directory}/a/cgroup.subtree_control`, "");
    assert.deepEqual(look("/a"), { directory: `${directory}/a` });
    assert.match((delegatedCgroup("1:name:/\n", info) as { why: string }).why, /no cgroup v2/);
    return Promise.resolve();
  }));

testNeeding([cgroupTree], "a cgroup is entered, ends what is in it, and is removed", async () => {
  const made = await makeCgroup(cgroupDirectory!, `sp-cgroup-${Deno.pid}`, {
    memoryMib: 64,
    cpus: 1,
  });
  await Deno.mkdir(`${made}/below`);
  const sleep = new Deno.Command("sleep", { args: ["60"], stdin: "null" }).spawn();
  await enterCgroup(`${made}/below`, sleep.pid);
  assert.match(await Deno.readTextFile(`/proc/${sleep.pid}/cgroup`), /^0::.*\/below$/m);
  await removeCgroup(made);
  assert.equal((await sleep.status).signal, "SIGKILL");
  await assert.rejects(Deno.stat(made), Deno.errors.NotFound);
  await removeCgroup(made); // one that is gone is removed
});

Deno.test("a delegated cgroup is opened for machines", () =>
  inDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/cgroup.subtree_control`, "");
    await Deno.mkdir(`${directory}/host`);
    await Deno.writeTextFile(`${directory}/host/cgroup.procs`, "");
    await openCgroup(directory);
    const read = (name: string) => Deno.readTextFile(`${directory}/${name}`);
    assert.equal(await read("host/cgroup.procs"), String(Deno.pid));
    assert.equal(await read("cgroup.subtree_control"), "+memory +pids +cpu");
  }));
