// What every shell script does, where a tool asks the kernel for more than it needs: nothing is
// denied, and it ends as it does outside.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { connect, runJob, text } from "../helpers/job.ts";

/** Command, and what it prints with its exit code behind it. */
const idioms: Record<string, string> = {
  // grep empties the pipe with splice, and takes an error other than EINVAL for its own failure.
  "echo hello | grep h >/dev/null; echo $?": "0\n",
  "seq 100000 | grep -c 9 >/dev/null && echo found": "found\n",
  "seq 100 | grep x >/dev/null || echo none": "none\n",
};

/** A profile, and the language that runs the command under it. */
const shells: Record<string, { language: string; profile: string; wrap: (c: string) => string }> = {
  sh: { language: "sh", profile: "strict", wrap: (command) => command },
  programs: {
    language: "python",
    profile: "programs",
    wrap: (command) => `import os\nos.system(${JSON.stringify(command)})`,
  },
  workspace: { language: "bash", profile: "workspace", wrap: (command) => command },
};

for (const [name, { language, profile, wrap }] of Object.entries(shells)) {
  Deno.test(`shell idioms: under ${name}`, async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    for (const [command, prints] of Object.entries(idioms)) {
      const job = await runJob(client, { language, profile, code: wrap(command) });
      assert.deepEqual([text(job.stdout), job.result.denied], [prints, []], command);
    }
  });
}
