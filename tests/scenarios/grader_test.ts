// A grader's day, shortened: every submission gets the verdict that its author intends, and no run
// sees what another left. `deno task day:grader` is the whole day.

import assert from "node:assert/strict";
import { bubblewrap } from "../days/grader/bubblewrap.ts";
import { grade } from "../days/grader/day.ts";
import { build } from "../days/grader/judge.ts";
import { problems } from "../days/grader/problems.ts";
import { type Submission, submissions } from "../days/grader/submissions.ts";
import { startAgent } from "../helpers/agent.ts";
import { assertSettles, censusAtRest } from "../helpers/census.ts";
import { type Client, connect, runJob, runNext, text } from "../helpers/job.ts";
import { file, testNeeding } from "../helpers/need.ts";

const cpp = file("/usr/bin/g++");
const all = await submissions();

/** The calls that a submission is refused, where it is refused any. */
const refused: Record<string, string[]> = {
  sum_asks_network: ["socket"],
  sum_looks_for_traces: ["shmget", "msgget", "semget"],
  sum_shells_out: ["execve"],
};

/** The tests of a problem that are tried: small and large ones, the largest last. */
const some = (index: number) => [0, 7, 13, 19].includes(index);

testNeeding([cpp], "grader: every verdict is what the submission's author intends", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  await client.reset();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = await censusAtRest(agent.pid);
  for (const submission of all) {
    const options = { buildMs: 10_000, tests: some, stops: true };
    const { says, denied, times } = await grade(client, submission, options);
    assert.equal(says, submission.intends, submission.name);
    assert.deepEqual([...denied], refused[submission.name] ?? [], submission.name);
    assert.equal(times.length === 0, says === "CE", submission.name);
  }
  await client.reset();
  await assertSettles(agent.pid, before);
});

const spy: Submission = all.find(({ name }) => name === "sum_looks_for_traces")!;
const [{ input, answer }] = problems.sum;

async function answers(client: Client, runs: number, keep: boolean): Promise<string[]> {
  const said: string[] = [];
  for (let i = 0; i < runs; i++) {
    const request = { language: "cpp", entry: "main", stdin: { text: input }, keep } as const;
    said.push(text((await runJob(client, request)).stdout));
  }
  return said;
}

testNeeding([cpp], "grader: no run sees a trace, and in a kept sandbox each does", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const program = await build(client, spy.code, 10_000);
  const put = () => client.put("main", program!, { mode: 0o755 });
  for (let i = 0; i < 3; i++) {
    await put();
    assert.deepEqual(await answers(client, 1, false), [`${answer}\n`]);
  }
  await put();
  const [first, second] = await answers(client, 2, true);
  assert.equal(first, `${answer}\n`);
  assert.match(second, /^(seen: a file\n){3}seen: in its own program\n$/);
});

testNeeding(
  [cpp, file("/usr/bin/bwrap")],
  "grader: bubblewrap runs the same programs, and says the same of them",
  async () => {
    await using peer = await bubblewrap();
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    for (const name of ["sum_fread", "sum_overflow", "sum_abort", "primes_hog_pages"]) {
      const submission = all.find((one) => one.name === name)!;
      const options = { buildMs: 10_000, tests: some, peer };
      const { times, peerTimes, differs } = await grade(client, submission, options);
      assert.equal(differs, 0, name);
      assert.equal(times.length, 4, name);
      assert.equal(peerTimes.length, name === "primes_hog_pages" ? 0 : 4, name);
    }
  },
);
