// Every dangerous call of the fixture, made by a compiled program in the guest under the filter of
// `exec`.
//
// tests/attacks/dangerous_test.ts does this for every profile, with a control run without filters,
// but only on the processor of the building machine. Here the same program shows that a guest with
// another processor refuses and names the same calls.

import assert from "node:assert/strict";
import { syscallName } from "../../../linux/syscall_numbers.ts";
import { root } from "../../../scripts/tools/paths.ts";
import { compileFor } from "../guest/cross_compile.ts";
import { job, type Scenario } from "../guest/scenario.ts";

const EPERM = 1, ENOSYS = 38;

interface Answer {
  title: string;
  number: number;
  errno?: number;
  signal?: number;
}

/** Compiles the fixture into `directory` when the scenario runs. */
export function dangerousScenario(directory: string): Scenario {
  return {
    name: "more than a hundred dangerous calls of a compiled program are refused, and told by name",
    run: async (stage) => {
      const binary = `${directory}/dangerous`;
      const source = `${root}/tests/fixtures/dangerous/dangerous.c`;
      // Use pages of 4 KiB; otherwise the file would be larger than the code of a request may be.
      await compileFor(stage.arch, source, binary, ["-Wl,-z,max-page-size=4096"]);
      const code = await Deno.readFile(binary);
      const { result, stdout } = await job(stage, "exec", code, { status: "exited", exit_code: 0 });
      const answers = stdout.trim().split("\n").map((line) => JSON.parse(line) as Answer);
      const other = answers.filter(({ errno }) => errno !== EPERM && errno !== ENOSYS);
      assert.deepEqual(other, [], "no call reached the kernel");
      assert.ok(answers.length > 120, `${answers.length} calls`);
      // Calls with a fixed answer (ENOSYS) are not reported: programs probe for them and do
      // without.
      const told = answers.filter(({ errno }) => errno === EPERM);
      assert.ok(told.length > 110, `${told.length} told`);
      const names = told.map(({ number }) => syscallName(stage.arch, number)).sort();
      const denied = result.denied.flatMap(({ syscall, count }) => Array(count).fill(syscall));
      assert.deepEqual(denied.sort(), names);
    },
  };
}
