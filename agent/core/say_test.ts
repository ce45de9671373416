import assert from "node:assert/strict";

const module = new URL("say.ts", import.meta.url).href;

/** Says a line in a process of its own, with that stream as said. */
async function said(to: "error" | "output", stream: string): Promise<string> {
  const code = `import { say } from ${JSON.stringify(module)};
    const caught = (() => {
      try { say("a line", "${to}"); } catch (error) { return error; }
    })();
    Deno.writeTextFileSync(Deno.args[0], caught === undefined ? "said" : String(caught));`;
  const told = await Deno.makeTempFile();
  try {
    const script = `exec "$@" ${to === "error" ? "2" : ""}>${stream}`;
    const args = ["-c", script, "sh", Deno.execPath(), "eval", "--ext=ts", code, told];
    await new Deno.Command("sh", { args }).output();
    return await Deno.readTextFile(told);
  } finally {
    await Deno.remove(told);
  }
}

Deno.test("what cannot be said is a fatal error that names the stream", async () => {
  for (const to of ["error", "output"] as const) {
    assert.equal(await said(to, "/dev/null"), "said");
    const words = `FatalError: Cannot write to standard ${to}: No space left on device`;
    assert.ok((await said(to, "/dev/full")).startsWith(words), to);
  }
});
