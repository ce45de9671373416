import assert from "node:assert/strict";
import {
  descendants,
  freeze,
  identityOf,
  isAlive,
  killGroup,
  signal,
  startOf,
  thaw,
  untilGone,
} from "./processes.ts";
import { fieldsOf } from "./process_identity.ts";

/** A shell with a child. */
async function family() {
  const child = new Deno.Command("sh", {
    args: ["-c", "sleep 60 & wait"],
    stdin: "null",
    stdout: "null",
  }).spawn();
  while (descendants(child.pid).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return child;
}

const state = (pid: number) =>
  /^State:\t(.)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))![1];

/** Its process group; null if it has ended. */
function groupOf(pid: number): number | null {
  try {
    return Number(fieldsOf(Deno.readTextFileSync(`/proc/${pid}/stat`))[2]);
  } catch {
    return null;
  }
}

Deno.test("a process is its pid and its start", async () => {
  const child = await family();
  const [sleep] = descendants(child.pid);
  const shell = identityOf(child.pid)!;
  assert.ok(isAlive(shell) && isAlive(sleep));
  assert.ok(!isAlive({ pid: shell.pid, start: shell.start + 1 }));
  signal({ pid: shell.pid, start: shell.start + 1 }, "SIGKILL");
  assert.ok(isAlive(shell), "another start is another process");
  for (const each of [shell, sleep]) signal(each, "SIGKILL");
  await child.status;
  assert.deepEqual(await untilGone([shell, sleep], 2000), []);
  assert.equal(startOf(shell.pid), null);
});

Deno.test("a family stops and goes on", async () => {
  const child = await family();
  const shell = identityOf(child.pid)!;
  const all = [shell, ...descendants(shell.pid)];
  freeze(shell);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(all.map(({ pid }) => state(pid)), ["T", "T"]);
  thaw(shell);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(all.map(({ pid }) => state(pid)), ["S", "S"]);
  for (const each of all) signal(each, "SIGKILL");
  await child.status;
});

Deno.test("a group is killed whole, by its leader and nobody else", async () => {
  const child = new Deno.Command("sh", {
    args: ["-c", "while :; do sleep 60 & done"],
    stdin: "null",
    detached: true,
  }).spawn();
  while (descendants(child.pid).length < 20) await new Promise((done) => setTimeout(done, 1));
  const shell = identityOf(child.pid)!;
  killGroup({ ...shell, start: shell.start + 1 });
  assert.ok(isAlive(shell));
  killGroup(shell);
  await child.status;
  await new Promise((done) => setTimeout(done, 50));
  const members = [...Deno.readDirSync("/proc")].filter(({ name }) => {
    if (!/^\d+$/.test(name) || startOf(Number(name)) === null) return false;
    return groupOf(Number(name)) === shell.pid;
  });
  assert.deepEqual(members, []);
});
