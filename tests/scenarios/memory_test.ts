// A job that takes more and more memory is ended, and told, by its memory limit, in every language.
// One that asks for far too much at once is told no, and that is its own end.
//
// SALLYPORT_ROUNDS=20 runs every program so often, and the lines say how many were told as memory.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { connect, runJob, text } from "../helpers/job.ts";
import { memoryHogs } from "../helpers/memory_hogs.ts";
import { file, testNeeding } from "../helpers/need.ts";

const rounds = Number(Deno.env.get("SALLYPORT_ROUNDS") ?? 1);
const limits = { memory_bytes: 160 << 20, processes: 64 };

/** Those whose memory samples tell in time: the others need the kernel's limit. */
const sampled = ["python", "node", "c", "go", "java", "perl", "ruby"];

/**
 * What is said of one request for four times the limit: where no cgroup counts, the kernel refuses
 * it (RLIMIT_DATA), and each language tells that in its own words. The C program exits with 9.
 */
const refusals: Record<string, RegExp> = {
  python: /MemoryError/,
  node: /Array buffer allocation failed|ENOMEM/,
  c: /^/,
  cpp: /std::bad_alloc/,
  go: /cannot allocate memory|out of memory/,
  java: /insufficient memory|OutOfMemoryError/i,
  perl: /Out of memory/,
  ruby: /failed to allocate memory/,
};

for (const language of sampled) {
  const { need, byPieces: code } = memoryHogs[language];
  testNeeding(
    [file(need)],
    `memory: a hog in ${language} ends by its limit, and is told so`,
    async () => {
      await using agent = await startAgent({ flags: ["--without", "cgroup"] });
      await using client = await connect(agent.target);
      let told = 0;
      for (let round = 0; round < rounds; round++) {
        const job = await runJob(client, { language, code, limits, timeout_ms: 30_000 });
        const { status, limit, memory_peak_bytes } = job.result;
        const said = JSON.stringify(job.result) + text(job.stderr).slice(-500);
        if (rounds === 1) assert.deepEqual([status, limit], ["limit", "memory"], said);
        if (limit === "memory") told++;
        else console.log(said);
        assert.ok(memory_peak_bytes < 3 * limits.memory_bytes, `${memory_peak_bytes} bytes`);
      }
      if (rounds > 1) console.log(`${language}: ${told} of ${rounds} told as memory`);
      assert.ok(told >= 0.9 * rounds, `${told} of ${rounds}`);
      const next = await runJob(client, { language: "sh", code: "echo next" });
      assert.equal(text(next.stdout), "next\n");
    },
  );
}

for (const [language, says] of Object.entries(refusals)) {
  const { need, atOnce } = memoryHogs[language];
  const code = atOnce!(4 * limits.memory_bytes);
  testNeeding(
    [file(need)],
    `memory: one request for four times the limit in ${language} is refused, in its own words`,
    async () => {
      await using agent = await startAgent({ flags: ["--without", "cgroup"] });
      await using client = await connect(agent.target);
      const job = await runJob(client, { language, code, limits, timeout_ms: 30_000 });
      assert.match(text(job.stdout) + text(job.stderr), says, JSON.stringify(job.result));
      assert.notEqual(job.result.exit_code, 0);
      assert.ok(job.result.memory_peak_bytes < limits.memory_bytes);
    },
  );
}
