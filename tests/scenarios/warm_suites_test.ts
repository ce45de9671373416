// The programs of the suites end the same way and print the same, whether their interpreter waited
// for them or was started with them.
//
// A program that differs is started anew twice: one that differs from itself then says nothing.
// SALLYPORT_SUITES=all runs everything, and not a sample.

import assert from "node:assert/strict";
import { dirname } from "node:path";
import type { Language } from "../../policy/compiled.ts";
import { policy } from "../../policy/generated/policy.ts";
import { startAgent } from "../helpers/agent.ts";
import { type Client, connect, runJob, text } from "../helpers/job.ts";
import { root, skip, testNeeding } from "../helpers/need.ts";
import { coldly, untilWarm } from "../helpers/warm.ts";
import { suites } from "./suites/all.ts";
import { casesOf, sampleOf, type SuiteCase } from "./suites/suite.ts";

const SAMPLE = 6;
const everything = Deno.env.get("SALLYPORT_SUITES") === "all";

/** What a program that runs twice may print otherwise: times, addresses, pids, names of temporary files. */
function masked(output: string): string {
  return output.replaceAll(/ +at (node:internal|process\.|Module|Object\.\.|Function)[^\n]*\n/g, "")
    .replaceAll(/0x[0-9a-f]+/g, "0x").replaceAll(/tmp[\w]{6,}/g, "tmp")
    .replaceAll(/\d+(\.\d+)?/g, "0");
}

async function run(client: Client, language: string, program: SuiteCase, isCold: boolean) {
  for (const [file, content] of Object.entries(program.files ?? {})) {
    if (dirname(file) !== ".") await client.mkdir(dirname(file));
    await client.put(file, content);
  }
  const { result, stdout, stderr } = await runJob(client, {
    language,
    code: program.code,
    args: [...program.args ?? []],
    env: { ...program.env, ...(isCold ? coldly : {}) },
    stdin: { text: program.stdin ?? "" },
    timeout_ms: 30_000,
    limits: { processes: 128, memory_bytes: 1 << 30, open_files: 1024 },
  });
  return {
    isWarm: result.timing.ahead_cpu_ms !== undefined,
    ended: [result.status, result.exit_code, result.signal, result.limit],
    denied: result.denied.map(({ syscall }) => syscall).toSorted(),
    output: masked(text(stdout) + text(stderr)),
  };
}

for (const suite of suites) {
  const language = (policy.languages as Record<string, Language>)[suite.language];
  if (language.warm === undefined || language.warm.plain) continue;
  const title = `warm suites: ${suite.language}, ${suite.from}`;
  testNeeding([root], title, async (t) => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const cases = await casesOf(suite);
    if (typeof cases === "string") return skip(t, title, cases);
    await runJob(client, { language: suite.language, code: "" });
    let compared = 0;
    const wavering: string[] = [];
    const start = async (program: SuiteCase, isCold: boolean) => {
      await client.reset(); // each in a sandbox of its own, and the prepared ones are new as well
      await untilWarm(agent.pid, 1);
      return await run(client, suite.language, program, isCold);
    };
    for (const program of everything ? cases : sampleOf(cases, SAMPLE)) {
      const warm = await start(program, false);
      assert.ok(warm.isWarm, `${program.name}: its interpreter was not ready`);
      const [cold, again] = [
        await start(program, true),
        await start(program, true),
      ];
      assert.ok(!cold.isWarm);
      const { isWarm: _, ...seen } = warm;
      if (JSON.stringify(cold) !== JSON.stringify(again)) wavering.push(program.name);
      else assert.deepEqual({ isWarm: false, ...seen }, cold, program.name);
      compared++;
    }
    console.log(`${compared} compared; differ from themselves: ${wavering.join(", ") || "none"}`);
    assert.ok(compared - wavering.length > compared / 2);
  });
}
