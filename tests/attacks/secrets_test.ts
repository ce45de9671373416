// What one job knew, the next one finds nowhere: a marker is planted through every channel, and
// searched for in all that the next job can read, and in the memory of the launchers.
//
// The agent's own memory is searched too. No job can read that, and V8's strings cannot be cleared:
// what is left there is printed.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { descendants } from "../helpers/census.ts";
import { fixture } from "../helpers/fixture.ts";
import { hasEnded } from "../helpers/has_ended.ts";
import { type Client, connect, text } from "../helpers/job.ts";
import { searchMemory } from "../helpers/memory_search.ts";
import { file, root, testNeeding } from "../helpers/need.ts";

/** A marker of a size that no buffer could hold by chance. */
const newMarker = () => `secret${crypto.randomUUID().replaceAll("-", "")}`;

/** Plants `marker` through everything that a request carries and a job writes. */
async function plant(client: Client, marker: string, keep: boolean): Promise<string[]> {
  await client.put(`put-${marker}`, new TextEncoder().encode(marker.repeat(1000)));
  const { code } = await fixture("secrets/plants.py");
  const result = await client.run({
    language: "python",
    profile: "workspace",
    code: `# ${marker}\n${text(code)}`,
    args: [marker],
    env: { MARKER: marker },
    stdin: { text: marker.repeat(1000) },
    timeout_ms: 20_000,
    keep,
  }).result;
  const said = text(result.output.stdout);
  assert.equal(result.exit_code, 0, text(result.output.stderr).slice(-600));
  return said.split("\n").filter((line) => line.startsWith("planted: "));
}

async function search(client: Client, marker: string, env: Record<string, string>) {
  const { code } = await fixture("secrets/searches.py");
  const half = marker.length / 2;
  const args = [marker.slice(0, half), marker.slice(half)];
  const result = await client.run({
    language: "python",
    code,
    args,
    env,
    timeout_ms: 30_000,
    limits: { cpu_ms: 30_000 },
  }).result;
  assert.equal(result.exit_code, 0, text(result.output.stderr).slice(-600));
  const lines = text(result.output.stdout).trim().split("\n");
  return { found: lines.filter((line) => line.startsWith("found")), said: lines.at(-1)! };
}

/** What is found in a launcher; nothing in one that has ended meanwhile. */
function searchIfThere(pid: number, marker: string): Readonly<Record<string, number>> {
  try {
    return searchMemory(pid, marker).finds;
  } catch (error) {
    if (!hasEnded(error)) throw error;
    return {};
  }
}

testNeeding([file("/usr/bin/python3")], "secrets: the next job finds nothing", async () => {
  await using agent = await startAgent();
  const marker = newMarker();
  {
    await using client = await connect(agent.target);
    const planted = await plant(client, marker, true);
    console.log(planted.join("\n"));
    assert.ok(planted.length >= 12, planted.join());
    // The control: in the same kept sandbox, it is found.
    const { found } = await search(client, marker, {});
    assert.ok(found.length > 0, "the search finds what is there");
  }
  // The sandbox, and the interpreter that waited beside it; then one that is started anew.
  for (const env of [{}, { PYTHONHASHSEED: "1" }] as Record<string, string>[]) {
    await using client = await connect(agent.target);
    const { found, said } = await search(client, marker, env);
    assert.deepEqual(found, [], "the next job");
    console.log(said);
  }
});

testNeeding(
  [file("/usr/bin/python3"), root],
  "secrets: launchers keep nothing of a job, and what the agent keeps is counted",
  async () => {
    await using agent = await startAgent();
    const marker = newMarker();
    {
      await using client = await connect(agent.target);
      await plant(client, marker, false);
    }
    {
      await using client = await connect(agent.target);
      await search(client, newMarker(), {});
    }
    for (const pid of descendants(agent.pid)) {
      assert.deepEqual(searchIfThere(pid, marker), {}, `process ${pid}`);
    }
    const { searched, finds } = searchMemory(agent.pid, marker);
    console.log(`agent: ${searched} bytes searched, left: ${JSON.stringify(finds)}`);
    assert.ok(searched > 1 << 20);
  },
);
