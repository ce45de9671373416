// A run whose sandbox turns out to be gone ends at once, and the next one in the line has its own
// result: nothing of the first is done to it.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { marked } from "../helpers/census.ts";
import { connect, newMark } from "../helpers/job.ts";
import { root, testNeeding } from "../helpers/need.ts";
import { processesOf } from "../helpers/roles.ts";

/** What `look` finds, as soon as it finds something. */
async function found<T>(what: string, look: () => T | undefined): Promise<T> {
  for (let left = 500; left > 0; left--) {
    const it = look();
    if (it !== undefined) return it;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`There is no ${what}`);
}

const spaceOf = (pid: number) => Deno.readLinkSync(`/proc/${pid}/ns/pid`);

testNeeding(
  [root],
  "moments: a run that ends while it is sent does nothing to the next",
  async () => {
    await using agent = await startAgent();
    await using first = await connect(agent.target);
    await using second = await connect(agent.target);
    await using third = await connect(agent.target);

    // The first client keeps a sandbox: its runner is found while a job runs in it.
    const keeping = newMark();
    const kept = first.run({
      language: "sh",
      code: "read x",
      env: { [keeping.name]: keeping.value },
      stdin: { stream: true },
      keep: true,
    });
    const job = await found("job", () => marked(keeping.text)[0]);
    const runner = await found(
      "runner",
      () => processesOf(agent.pid, "runner").find((pid) => spaceOf(pid) === spaceOf(job)),
    );
    await kept.closeStdin();
    await kept.result;

    // The third one's job runs, one process, and the other two wait for its end.
    const running = newMark();
    const env = { [running.name]: running.value };
    const long = third.run({ language: "sh", code: "read x", env, stdin: { stream: true } });
    const pid = await found("job", () => marked(running.text)[0]);
    const doomed = first.run({ language: "sh", code: "echo a", wait_ms: 20_000 });
    await first.ping();
    const next = second.run({ language: "sh", code: "sleep 0.3; echo b", wait_ms: 20_000 });
    await second.ping();

    // The agent learns of the job's end first, and only then that the kept sandbox's runner is gone.
    agent.kill("SIGSTOP");
    Deno.kill(pid, "SIGKILL");
    await found("end of the job", () => marked(running.text).length === 0 ? true : undefined);
    await new Promise((resolve) => setTimeout(resolve, 100)); // for its runner's report
    Deno.kill(runner, "SIGKILL");
    agent.kill("SIGCONT");

    assert.equal((await long.result).status, "signaled");
    const { status, errno } = await doomed.result;
    assert.deepEqual([status, errno], ["failed", "EPIPE"]);
    const result = await next.result;
    assert.deepEqual([result.status, result.step, result.text()], ["exited", undefined, "b\n"]);
  },
);
