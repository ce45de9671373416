// The host's command line: the demo, and what a wrong word says.

import assert from "node:assert/strict";
import { descendants } from "../helpers/census.ts";
import { leavesNothing } from "./leaves_nothing.ts";

async function host(...args: string[]): Promise<{ code: number; said: string }> {
  const main = new URL("../../host/main.ts", import.meta.url).pathname;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", main, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

const left = () =>
  [...Deno.readDirSync("/tmp")].map(({ name }) => name).filter((name) =>
    name.startsWith("sp-demo-")
  );

Deno.test("the demo ends well: one job is lost with its machine, and says that it began", async () => {
  const before = left();
  const { code, said } = await host("demo");
  assert.equal(code, 0, said);
  assert.match(
    said,
    /29 of 30 jobs had their result, 1 began and was lost with its machine; .*; \d+ boots, 1 deaths/,
  );
  assert.equal(said.match(/ {2}exited +42$/gm)?.length, 29, said);
  assert.match(said, /lost, began: yes/);
  assert.match(said, /died: the agent ended by SIGKILL/);
  assert.deepEqual(left().filter((name) => !before.includes(name)), []);
  assert.deepEqual(descendants(Deno.pid), []);
});

Deno.test("a command that is none is answered with those that are", async () => {
  for (const args of [[], ["fly"], ["check", "twice"]]) {
    const { code, said } = await host(...args);
    assert.deepEqual([code, /deno task host COMMAND/.test(said)], [1, true], said);
  }
  const wrong = await host("simulate", "--rate", "10");
  assert.deepEqual([wrong.code, /--p99 is missing/.test(wrong.said)], [1, true], wrong.said);
  const monitor = await host("demo", "--monitor", "xen");
  assert.deepEqual([monitor.code, /monitor "xen"/.test(monitor.said)], [1, true], monitor.said);
});

Deno.test("a small table of machines", async () => {
  const args = ["--rate", "50", "--p99", "300", "--recycling", "never", "--jobs", "300"];
  const { code, said } = await host("simulate", ...args);
  assert.equal(code, 0, said);
  const rows = said.split("\n").filter((line) => /^ +\d+ +\d/.test(line));
  assert.equal(rows.length, 10, said);
  const [machines, paper, rate, ...rest] = rows[3].trim().split(/\s+/);
  assert.equal(machines, "10");
  assert.ok(parseFloat(paper) > 100 && parseFloat(rate) > 100 && rest.at(-3) === "1", rows[3]);
});

Deno.test("the demo is ended by Ctrl-C: its machines and its directory are gone", async () => {
  await leavesNothing(async (directory) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--unstable-vsock", "host/main.ts", "demo"],
      env: { TMPDIR: directory },
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    await lines.read(); // its machines have told their languages
    child.kill("SIGINT");
    assert.equal((await child.status).code, 130);
    await lines.cancel();
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), []);
  });
});
