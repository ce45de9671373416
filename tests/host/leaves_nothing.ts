// Runs the body of a test in a directory of its own, and fails if a machine left something: a
// process, a file, a socket.

import assert from "node:assert/strict";
import { descendants } from "../helpers/census.ts";
import { isAlive } from "../helpers/census.ts";
import { waitUntilGone } from "../helpers/agent.ts";

/** `body` must have ended its machines when it resolves, but may leave files beside them. */
export async function leavesNothing(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "sp-host-" });
  const before = new Set(descendants(Deno.pid));
  try {
    await body(directory);
    const started = descendants(Deno.pid).filter((pid) => !before.has(pid) && isAlive(pid));
    assert.deepEqual(await waitUntilGone(started, 1000), [], "processes are left");
    assert.deepEqual(mentioning(directory), [], "processes are left that name the directory");
    const machines = [...Deno.readDirSync(directory)].filter(({ name }) => /^m\d*$/.test(name));
    const own = machines.filter(({ name }) => {
      const inside = [...Deno.readDirSync(`${directory}/${name}`)].map((entry) => entry.name);
      return inside.length === 0 || inside.includes("machine.json") || inside.includes("run");
    });
    assert.deepEqual(own, [], "a machine's directory is left");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Processes anywhere on this machine whose command line names the directory. */
function mentioning(directory: string): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    try {
      const words = Deno.readTextFileSync(`/proc/${name}/cmdline`).replaceAll("\0", " ");
      if (words.includes(directory) && isAlive(Number(name))) found.push(`${name} ${words}`);
    } catch {
      continue; // it has ended
    }
  }
  return found;
}
