import assert from "node:assert/strict";

/** A program with a directory and a child that writes into it, told to end by a signal. */
const program = `
import { TemporaryDirectory } from "${import.meta.resolve("./temporary_directory.ts")}";
await using directory = await TemporaryDirectory.make("sallyport-temporary-test-");
directory.beforeEnd = async () => console.log("before");
const child = new Deno.Command("sh", {
  args: ["-c", "while :; do mkdir -p \\"$0/deep/er\\"; sleep 0.01; done", directory.path],
}).spawn();
console.log(directory.path, child.pid);
if (Deno.args[0] === "stay") await child.status;
child.kill("SIGKILL");
await child.status;
`;

async function start(how: string) {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, program);
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", file, how],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const [path, child] = (await lines.read()).value!.trim().split(" ");
  const rest = async () => {
    let text = "";
    for (let { value } = await lines.read(); value !== undefined; { value } = await lines.read()) {
      text += value;
    }
    await Deno.remove(file);
    return text;
  };
  return { process, path, child, rest };
}

const isThere = (path: string) => Deno.stat(path).then(() => true, () => false);

for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130], ["SIGHUP", 129]] as const) {
  Deno.test(`temporary directory: gone after ${signal}, with the child that used it`, async () => {
    const { process, path, child, rest } = await start("stay");
    assert.ok(await isThere(path));
    process.kill(signal);
    assert.equal((await process.status).code, code);
    assert.equal(await rest(), "before\n");
    assert.equal(await isThere(path), false);
    const state = await Deno.readTextFile(`/proc/${child}/status`).catch(() => "State:\tX");
    assert.match(state, /^State:\t[ZX]/m);
  });
}

Deno.test("temporary directory: gone at the end of its block", async () => {
  const { process, path, rest } = await start("end");
  assert.equal((await process.status).code, 0);
  assert.equal(await rest(), "");
  assert.equal(await isThere(path), false);
});
