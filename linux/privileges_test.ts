// Ids, process attributes and capabilities. What can be undone is tested here, the rest in a
// separate process.

import assert from "node:assert/strict";
import { CAP_CHOWN, CAP_LAST_CAP } from "./constants.ts";
import { fixtureCommand } from "./testing/fixture_run.ts";
import * as ids from "./ids.ts";
import * as prctl from "./prctl.ts";

const isRoot = Deno.uid() === 0;

function rootTest(name: string, fn: () => Promise<void>): void {
  if (!isRoot) console.error(`SKIPPED: ${name}: root`);
  Deno.test({ name, ignore: !isRoot, fn });
}

Deno.test("ids are those of the process", () => {
  const status = Deno.readTextFileSync("/proc/self/status");
  const row = (key: string) => status.match(new RegExp(`^${key}:[ \\t]*(.*)`, "m"))![1].trim();
  const [real, effective, saved] = row("Uid").split(/\s+/).map(Number);
  assert.deepEqual(ids.getresuid(), { real, effective, saved });
  assert.deepEqual([ids.getuid(), ids.geteuid()], [real, effective]);
  const [gid, egid, sgid] = row("Gid").split(/\s+/).map(Number);
  assert.deepEqual(ids.getresgid(), { real: gid, effective: egid, saved: sgid });
  assert.deepEqual([ids.getgid(), ids.getegid()], [gid, egid]);
  const groups = row("Groups").split(/\s+/).filter((text) => text !== "").map(Number);
  assert.deepEqual(ids.getgroups().sort(), groups.sort());
});

Deno.test("capabilities are read as they are, and can be set to what they are", () => {
  const capabilities = prctl.capget();
  const status = Deno.readTextFileSync("/proc/thread-self/status");
  const effective = status.match(/^CapEff:\s+([0-9a-f]+)/m)![1];
  assert.equal(capabilities.effective, BigInt(`0x${effective}`));
  prctl.capset(capabilities);
  assert.deepEqual(prctl.capget(), capabilities);
  assert.equal(typeof prctl.capBoundingHas(CAP_CHOWN), "boolean");
  assert.throws(() => prctl.capBoundingHas(CAP_LAST_CAP + 20), { code: "EINVAL" });
});

Deno.test("attributes can be switched", () => {
  const dumpable = prctl.getDumpable();
  prctl.setDumpable(false);
  assert.equal(prctl.getDumpable(), 0);
  prctl.setDumpable(true);
  assert.equal(prctl.getDumpable(), 1);
  prctl.setDumpable(dumpable === 1);
  prctl.setKeepCaps(true);
  prctl.setKeepCaps(false);
  prctl.setParentDeathSignal(0);
  const name = Deno.readTextFileSync("/proc/thread-self/comm").trim();
  prctl.setName("sixteen letters!");
  assert.equal(Deno.readTextFileSync("/proc/thread-self/comm"), "sixteen letters\n");
  prctl.setName(name);
});

rootTest("dropping root reaches every thread and cannot be undone", async () => {
  const [file, ...args] = fixtureCommand("drop_ids", ["65534", "65533"]);
  const child = new Deno.Command(file, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    const reader = child.stdout.getReader();
    let text = "";
    while (!text.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) break;
      text += new TextDecoder().decode(value);
    }
    await reader.cancel();
    assert.deepEqual(JSON.parse(text), {
      back: 'Cannot set the user id to "0": EPERM',
      uids: { real: 65534, effective: 65534, saved: 65534 },
      gids: { real: 65533, effective: 65533, saved: 65533 },
      groups: [],
      effective: 0,
      permitted: 0,
      dumpable: 0,
      noNewPrivs: true,
    });
    const threads = [...Deno.readDirSync(`/proc/${child.pid}/task`)];
    assert.ok(threads.length > 1);
    for (const { name } of threads) {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/task/${name}/status`);
      assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
      assert.match(status, /^Gid:\t65533\t65533\t65533\t65533$/m);
      assert.match(status, /^Groups:\s*$/m);
      for (const set of ["CapPrm", "CapEff", "CapAmb"]) {
        assert.match(status, new RegExp(`^${set}:\\s+0{16}$`, "m"));
      }
    }
    assert.equal(Deno.statSync(`/proc/${child.pid}/mem`).uid, 0); // not dumpable
  } finally {
    await child.stdin.close();
    await child.status;
  }
});
