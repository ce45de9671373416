// Thousands of jobs in interpreters that wait, in one language after another: every result comes,
// nothing grows, and the last jobs are as fast as the first.
//
// SALLYPORT_SOAK sets how many; the default keeps the whole suite short.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { median } from "../../scripts/tools/quantile.ts";
import { startAgent } from "../helpers/agent.ts";
import { assertSettles, censusAtRest, residentBytes } from "../helpers/census.ts";
import { type Client, connect, text } from "../helpers/job.ts";
import { root, skip, testNeeding } from "../helpers/need.ts";

const jobs = Number(Deno.env.get("SALLYPORT_SOAK") ?? 400);

/** Jobs of one language in a row: the first of them finds an interpreter of the language before. */
const ROW = 10;

const all: Record<string, { need: string; code: (n: number) => string }> = {
  python: {
    need: "/usr/bin/python3",
    code: (n) => `import sys\nprint(${n})\nopen("f", "w").write("x")\nsys.exit(${n % 200})`,
  },
  node: {
    need: "/usr/bin/node",
    code: (n) =>
      `console.log(${n}); require("fs").writeFileSync("f", "x"); process.exitCode = ${n % 200}`,
  },
  bash: { need: "/bin/bash", code: (n) => `echo ${n}; : > f; exit ${n % 200}` },
  perl: {
    need: "/usr/bin/perl",
    code: (n) => `print "${n}\\n"; open F, ">f"; print F "x"; exit ${n % 200}`,
  },
};
const languages = Object.keys(all).filter((name) => {
  const here = existsSync(all[name].need);
  if (!here) skip(null, `warm soak: ${name}`, `no "${all[name].need}"`);
  return here;
});

/** A client's pause between two jobs, so that the next sandbox is there and its interpreter begun. */
const PAUSE_MS = 8;

/** Runs job `n`. Returns milliseconds, and whether an interpreter had waited for it. */
async function run(client: Client, n: number): Promise<{ ms: number; warm: boolean }> {
  const language = languages[Math.floor(n / ROW) % languages.length];
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  const started = performance.now();
  const result = await client.run({ language, code: all[language].code(n), timeout_ms: 20_000 })
    .result;
  const ms = performance.now() - started;
  assert.equal(result.status, "exited", JSON.stringify(result));
  assert.equal(result.exit_code, n % 200, text(result.output.stderr));
  assert.equal(text(result.output.stdout), `${n}\n`);
  assert.deepEqual([result.survivors, result.denied], [0, []]);
  return { ms, warm: result.timing.ahead_cpu_ms !== undefined };
}

testNeeding([root], `warm soak: ${jobs} jobs in ${languages.join(", ")}`, async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const cycle = ROW * languages.length;
  const rounds = Math.ceil(jobs / cycle);
  const series = async (count: number) => {
    const times: number[] = [];
    let warm = 0;
    for (let n = 0; n < count * cycle; n++) {
      const one = await run(client, n);
      times.push(one.ms);
      if (one.warm) warm++;
    }
    return { ms: median(times), share: warm / times.length };
  };
  await series(Math.max(2, Math.round(rounds / 10))); // compiles the agent's code, fills its caches
  const before = await censusAtRest(agent.pid);
  const memory = residentBytes(agent.pid);
  const first = await series(Math.ceil(rounds / 2));
  const last = await series(Math.ceil(rounds / 2));
  await assertSettles(agent.pid, before);
  const after = residentBytes(agent.pid);
  console.log(
    `${jobs} jobs: median ${first.ms.toFixed(2)} ms in the first half, ${
      last.ms.toFixed(2)
    } ms in the second; ` +
      `${Math.round(last.share * 100)} % found an interpreter; memory ${
        (memory / 1e6).toFixed(1)
      } MB ` +
      `before, ${(after / 1e6).toFixed(1)} MB after`,
  );
  assert.ok(
    Math.min(first.share, last.share) > 0.5,
    `${first.share}, ${last.share}: most jobs find one`,
  );
  // Until some thousand jobs have run, the agent's heap grows to its size.
  assert.ok(
    after <= memory * (jobs >= 10_000 ? 1.1 : 1.3),
    `memory grew from ${memory} to ${after} bytes`,
  );
  if (jobs >= 10_000) assert.ok(last.ms < first.ms * 1.3, "the last jobs are slower");
  assert.equal(agent.stderr(), "");
});
