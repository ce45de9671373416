// `agent --check` says of the view what it gives, and what the policy lists and jobs do not see here.

import assert from "node:assert/strict";
import { agentCommand, rootlessFlags } from "../../scripts/tools/source_agent.ts";
import { expandPattern } from "../../linux/path_pattern.ts";
import { policy } from "../../policy/generated/policy.ts";
import { projectRoot } from "../helpers/agent.ts";
import { text } from "../helpers/job.ts";

async function check(...flags: string[]): Promise<string[]> {
  const [program, ...args] = agentCommand();
  const { stdout, code } = await new Deno.Command(program, {
    args: [...args, "--check", ...rootlessFlags, ...flags],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
  }).output();
  assert.equal(code, 0, text(stdout));
  return text(stdout).split("\n");
}

Deno.test("check: the row of the view, and each path that is left out", async () => {
  const lines = await check();
  const row = lines.findIndex((line) => line.startsWith("on   view: "));
  const numbers = /: (\d+) names .* (\d+) paths of \/etc \((\d+) of/.exec(lines[row])?.slice(1);
  assert.ok(numbers !== undefined, lines[row]);
  const [names, paths, left] = numbers.map(Number);
  assert.ok(names >= 9 && paths >= 1, lines[row]);
  const told = lines.slice(row + 1, row + 1 + left);
  assert.ok(told.every((line) => /^ {7}without \/etc\/\S+: \S/.test(line)), told.join("\n"));
  for (const path of policy.etc.filter((path) => expandPattern(path).length === 0)) {
    assert.ok(told.includes(`       without ${path}: it is not there`), path);
  }
});

Deno.test("check: without the view, there is nothing to leave out", async () => {
  const lines = await check("--without", "view");
  assert.ok(lines.includes("off  view: left off by --without"));
  assert.ok(!lines.some((line) => line.startsWith(" ")), lines.join("\n"));
});
