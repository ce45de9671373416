// The Python client: its own tests, with a real agent to talk to.
//
// Nothing here knows what the client does: unittest's last lines say what ran, and what failed.

import assert from "node:assert/strict";
import { commandText } from "../../scripts/tools/command.ts";
import { projectRoot, startAgent } from "../helpers/agent.ts";
import { file, testNeeding } from "../helpers/need.ts";

const python = "/usr/bin/python3";
const client = `${projectRoot}clients/python`;

/** Runs one file of unittest. Every test in it must run. */
async function unittest(name: string, env: Record<string, string> = {}): Promise<void> {
  const output = await new Deno.Command(python, {
    args: ["-X", "dev", "-W", "error", "-B", "-m", "unittest", `tests.${name}`],
    cwd: client,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(120_000),
  }).output();
  const said = new TextDecoder().decode(output.stderr);
  assert.ok(output.success, said);
  assert.match(said, /^Ran [1-9]\d* tests? in /m, said);
  assert.match(said, /^OK$/m, said);
  assert.doesNotMatch(said, /Warning|Exception ignored/, said);
}

for (
  const name of [
    "test_vectors",
    "test_errors",
    "test_package",
    "test_callbacks",
    "test_listing",
    "test_hostile",
  ]
) {
  testNeeding([file(python)], `python client: ${name}`, () => unittest(name));
}

testNeeding([file(python)], "python client: every call, with a real agent", async (t) => {
  await using agent = await startAgent();
  for (const name of ["test_agent", "test_aio"]) {
    await t.step(name, () => unittest(name, { SALLYPORT_TARGET: agent.target }));
  }
});

testNeeding([file(python)], "python client: an agent that dies in the middle", async () => {
  await using agent = await startAgent({ ends: true });
  await unittest("test_death", {
    SALLYPORT_TARGET: agent.target,
    SALLYPORT_AGENT_PID: `${agent.pid}`,
  });
});

testNeeding([file(python)], "python client: its version is the project's", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(`${projectRoot}deno.json`));
  const said = await commandText(python, [
    "-B",
    "-c",
    "import sallyport as s; print(s.__version__)",
  ], {
    env: { PYTHONPATH: client },
  });
  assert.equal(said, version);
  const project = await Deno.readTextFile(`${client}/pyproject.toml`);
  assert.match(project, new RegExp(`^version = "${version}"$`, "m"));
});
