// Programs that run and end: languages, how programs end, and their input and output.

import assert from "node:assert/strict";
import { ended, MiB, python, type Scenario, text, withClient } from "../guest/scenario.ts";

/** In the order they are run. */
export const runningScenarios: readonly Scenario[] = [
  ended("sh says hello", "sh", "echo hello", { status: "exited", exit_code: 0 }),
  ended("perl says hello", "perl", 'print "hello\\n"', { status: "exited", exit_code: 0 }),
  python("python says hello", "print('hello')", (out) => assert.equal(out, "hello")),
  ended("an exit code comes back", "sh", "exit 42", { status: "exited", exit_code: 42 }),
  ended("a fatal signal comes back", "sh", "kill -SEGV $$", {
    status: "signaled",
    signal: "SIGSEGV",
  }),
  python(
    "arguments and environment",
    "import os,sys;print(sys.argv[1:],os.environ['A'])",
    (out) => assert.equal(out, "['x y', ''] ü"),
    { args: ["x y", ""], env: { A: "ü" } },
  ),
  python(
    "standard input",
    "import sys;print(sys.stdin.read()[::-1])",
    (out) => assert.equal(out, "cba"),
    { stdin: { text: "abc" } },
  ),
  {
    name: "binary output comes back byte for byte",
    run: (stage) =>
      withClient(stage, async (client) => {
        const code = "import sys;sys.stdout.buffer.write(bytes(range(256))*16)";
        const { output } = await client.run({ language: "python", code }).result;
        assert.deepEqual(output.stdout, new Uint8Array(4096).map((_, i) => i & 255));
      }),
  },
  {
    name: "output is streamed while the job runs",
    run: (stage) =>
      withClient(stage, async (client) => {
        const run = client.run({
          language: "sh",
          code: "echo one; read x; echo $x",
          stream: true,
          stdin: { stream: true },
        });
        const seen: string[] = [];
        for await (const piece of run) {
          seen.push(text(piece.bytes));
          if (seen.length === 1) await run.write(new TextEncoder().encode("two\n"));
        }
        assert.equal(seen.join(""), "one\ntwo\n");
        assert.equal((await run.result).status, "exited");
      }),
  },
  {
    name: "a megabyte of output over vsock",
    run: (stage) =>
      withClient(stage, async (client) => {
        const code = `print("x"*${MiB - 1})`;
        const { output, stdout } = await client.run({ language: "python", code }).result;
        assert.deepEqual([output.stdout.length, stdout.dropped], [MiB, 0]);
      }),
  },
];
