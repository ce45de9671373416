// What the process that starts the agent hands on (open descriptors, a mask of modes) does not stop it
// and does not reach its launchers and jobs.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { censusAtRest, descendants, openFiles } from "../helpers/census.ts";
import { connect, runJob, text } from "../helpers/job.ts";
import { root, testNeeding } from "../helpers/need.ts";

const file = "/etc/passwd";
const words = `exec 4<${file} 5<${file} 6<${file} 9<${file}; exec "$@"`;

// Needs root: nobody else may look into a launcher, which cannot be traced.
testNeeding([root], "descriptors that the agent was started with stay its own", async () => {
  await using agent = await startAgent({ prefix: ["/bin/sh", "-c", words, "sh"] });
  await using client = await connect(agent.target);
  const job = await runJob(client, { language: "sh", code: "echo hello" });
  assert.equal(text(job.stdout), "hello\n");
  // The next sandbox is there: no launcher comes or goes while we look.
  await censusAtRest(agent.pid);
  assert.equal(
    openFiles(agent.pid).filter((path) => path === file).length,
    4,
    "it was started with them",
  );
  const launchers = descendants(agent.pid);
  assert.ok(launchers.length >= 3, `${launchers.length} launchers`);
  for (const pid of launchers) {
    const left = openFiles(pid);
    assert.ok(left.length > 0 && !left.includes(file), `${pid} has ${left}`);
  }
});

Deno.test("a mask of modes that the agent was started with closes nothing to jobs", async () => {
  await using agent = await startAgent({ prefix: ["/bin/sh", "-c", 'umask 077; exec "$@"', "sh"] });
  await using client = await connect(agent.target);
  const code =
    "umask; wc -l < /etc/passwd && wc -l < /etc/hosts && ls /usr/bin > /tmp/x && wc -l < " +
    "/proc/sys/kernel/ostype";
  const job = await runJob(client, { language: "sh", code });
  assert.match(text(job.stdout), /^0022\n\d+\n2\n1\n$/, text(job.stderr));
});
