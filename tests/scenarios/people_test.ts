// What people run every day, a kind at a time: libraries that ask the machine, projects of several
// files, subprocesses, general work and local servers. Each must do what it does elsewhere.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { type Client, connect, runJob, text } from "../helpers/job.ts";
import { file, firstMissing, skip } from "../helpers/need.ts";
import { loopback, tools } from "./people/general_work.ts";
import { questions, reserved } from "./people/libraries.ts";
import type { PeoplesProgram, PeoplesPrograms } from "./people/program.ts";
import { names, projects, searchPaths } from "./people/projects.ts";
import { always, refused, started } from "./people/subprocesses.ts";

const kinds: Record<string, PeoplesPrograms> = {
  "harmless questions": questions,
  "memory that is reserved and not used, without a cgroup": reserved,
  "projects": projects,
  "variables for libraries": searchPaths,
  "any name of a variable": names,
  "subprocesses, under programs": { ...started, ...always },
  "subprocesses, refused under strict": refused,
  "tools from a shell, under workspace": tools,
  "a server and its client, under workspace": loopback,
};

async function holds(client: Client, program: PeoplesProgram): Promise<void> {
  const { needs: _, files = {}, prints, says, exit = 0, denied = [], ...options } = program;
  for (const [path, content] of Object.entries(files)) await client.put(path, content);
  const job = await runJob(client, { timeout_ms: 20_000, ...options });
  const seen = `${text(job.stdout)}\n${text(job.stderr)}\n${JSON.stringify(job.result)}`;
  if (typeof prints === "string") assert.equal(text(job.stdout), prints, seen);
  else assert.match(text(job.stdout), prints, seen);
  if (says === undefined) assert.equal(text(job.stderr), "", seen);
  else assert.match(text(job.stderr), says, seen);
  assert.deepEqual([job.result.status, job.result.exit_code], ["exited", exit], seen);
  assert.deepEqual(job.result.denied.map(({ syscall }) => syscall), denied, seen);
  assert.deepEqual(job.left, []);
}

for (const [kind, programs] of Object.entries(kinds)) {
  Deno.test(`people: ${kind}`, async (t) => {
    await using agent = await startAgent({ flags: ["--without", "cgroup"] });
    for (const [name, program] of Object.entries(programs)) {
      const missing = firstMissing(program.needs.map(file));
      if (missing !== null) {
        skip(t, `people: ${kind}: ${name}`, missing);
        continue;
      }
      await t.step(name, async () => {
        await using client = await connect(agent.target);
        await holds(client, program);
      });
    }
  });
}
