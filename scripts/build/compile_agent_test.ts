import assert from "node:assert/strict";
import { compileAgent, compileArguments, smokeRun } from "./compile_agent.ts";

Deno.test("the compiled agent is granted libc and nothing else", () => {
  const args = compileArguments("aarch64", "agent.js", "out");
  assert.deepEqual(args.filter((a) => a.startsWith("--allow") || a === "-A"), [
    "--allow-ffi=/lib/aarch64-linux-gnu/libc.so.6",
  ]);
  for (const flag of ["--no-prompt", "--no-remote", "--cached-only", "--no-code-cache"]) {
    assert.ok(args.includes(flag), flag);
  }
  assert.ok(!args.includes("--self-extracting"));
});

Deno.test("a binary that does not print the build id is refused", async () => {
  await assert.rejects(smokeRun("/bin/true", "0123456789abcdef"), /does not run the agent/);
});

Deno.test("a runtime for another processor is refused, and nothing is left", async () => {
  const directory = await Deno.makeTempDir({ prefix: "sallyport-compile-" });
  const other = Deno.build.arch === "x86_64" ? "aarch64" : "x86_64";
  try {
    await Deno.writeTextFile(`${directory}/agent.js`, "");
    await assert.rejects(
      compileAgent(other, `${directory}/agent.js`, `${directory}/agent`, Deno.execPath()),
      new RegExp(`is not a program for "${other}"`),
    );
    await assert.rejects(Deno.stat(`${directory}/agent`), Deno.errors.NotFound);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
