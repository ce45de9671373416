// The official conformance suite of MCP against `sallyport mcp --http`.
//
// Most of its scenarios call tools, resources and prompts that only a test server has. They are
// named here as failures that are expected, so that a new one, or one that passes, fails the test.

import assert from "node:assert/strict";
import { startAgent } from "../../../tests/helpers/agent.ts";
import { startMcp, testMcp } from "../testing/session.ts";
import { type Need } from "../../../tests/helpers/need.ts";

/** Deno runs it, since it asks for a newer Node than many machines have. */
const suite = ["run", "-A", "--quiet", "--no-config", "--no-lock"];
suite.push("npm:@modelcontextprotocol/conformance@0.1.16");

/** Scenarios that ask for what is not offered, by what that is. */
const expected = {
  "tools named test_...": [
    "tools-call-simple-text",
    "tools-call-image",
    "tools-call-audio",
    "tools-call-embedded-resource",
    "tools-call-mixed-content",
    "tools-call-with-logging",
    "tools-call-error",
    "tools-call-with-progress",
    "tools-call-sampling",
    "tools-call-elicitation",
    "elicitation-sep1034-defaults",
    "elicitation-sep1330-enums",
  ],
  resources: [
    "resources-list",
    "resources-read-text",
    "resources-read-binary",
    "resources-templates-read",
    "resources-subscribe",
    "resources-unsubscribe",
  ],
  prompts: [
    "prompts-list",
    "prompts-get-simple",
    "prompts-get-with-args",
    "prompts-get-embedded-resource",
    "prompts-get-with-image",
  ],
  logging: ["logging-set-level"],
  completion: ["completion-complete"],
};

async function conformance(words: string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...suite, ...words],
    cwd: Deno.env.get("TMPDIR") ?? "/tmp",
    env: { NO_COLOR: "1" },
  }).output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

/** The suite, from this machine's cache or from the registry. */
const fetched: Need = {
  missing() {
    const { success, stderr } = new Deno.Command(Deno.execPath(), {
      args: [...suite, "list"],
      stdout: "null",
    }).outputSync();
    const why = new TextDecoder().decode(stderr).trim().split("\n")[0];
    return success ? null : `no conformance suite from npm: ${why}`;
  },
};

testMcp([fetched], "MCP: the official conformance suite", async () => {
  await using agent = await startAgent();
  await using server = await startMcp(agent.target);
  const baseline = await Deno.makeTempFile({ suffix: ".yml" });
  try {
    const names = Object.values(expected).flat();
    await Deno.writeTextFile(baseline, `server:\n${names.map((n) => `  - ${n}\n`).join("")}`);
    const words = ["server", "--url", server.url, "--expected-failures", baseline];
    const { code, said } = await conformance(words);
    console.log(/^Total: .*/m.exec(said)?.[0]);
    assert.equal(code, 0, said);
  } finally {
    await Deno.remove(baseline);
  }
});
