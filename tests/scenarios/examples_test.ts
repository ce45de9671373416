// The programs of examples/ that people copy, run as they stand against a real agent.

import assert from "node:assert/strict";
import { pngSize } from "../days/interpreter/run.ts";
import { projectRoot, startAgent } from "../helpers/agent.ts";
import { file, testNeeding } from "../helpers/need.ts";

const python = "/usr/bin/python3";

/** Runs a program from the root of the project. */
async function say(words: string[], code = 0): Promise<{ stdout: string; stderr: string }> {
  const output = await new Deno.Command(words[0], {
    args: words.slice(1),
    cwd: projectRoot,
    env: { PYTHONPATH: `${projectRoot}clients/python`, NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(120_000),
  }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((one) =>
    new TextDecoder().decode(one)
  );
  assert.equal(output.code, code, stdout + stderr);
  return { stdout, stderr };
}

const deno = (name: string, ...words: string[]) => [
  Deno.execPath(),
  "run",
  "--quiet",
  "-A",
  `examples/${name}`,
  ...words,
];

testNeeding([file(python)], "examples: the grader judges each submission", async () => {
  await using agent = await startAgent();
  const { stdout } = await say(deno("grader.ts", agent.target));
  const rows = stdout.trim().split("\n").slice(2).map((line) => line.trim().split(/ {2,}/));
  assert.deepEqual(rows.map(([name, verdict, , , denied]) => [name, verdict, denied]), [
    ["ada", "right", "-"],
    ["bob, forgets the squares", "wrong", "-"],
    ["cyd, never ends", "too slow", "-"],
    ["dan, fills the memory", "too much memory", "-"],
    ["eve, looks around", "crashed", "socket"],
    ["fay, prints for ever", "too much output", "-"],
    ["gus, has a typo", "crashed", "-"],
  ]);
});

const matplotlib = file("/usr/lib/python3/dist-packages/matplotlib/__init__.py");

testNeeding(
  [file(python), matplotlib],
  "examples: the interpreter's loop ends in a plot",
  async () => {
    await using agent = await startAgent();
    const pictures = await Deno.makeTempDir({ prefix: "sallyport-pictures-" });
    try {
      const program = [python, "-B", "examples/interpreter.py"];
      const { stdout } = await say([...program, agent.target, pictures]);
      assert.match(stdout, /^KeyError: 'sales'\n\[exited 1\]$/m);
      assert.match(stdout, /^tool: best: 4 with 56$/m);
      assert.match(stdout, /^model: It was month 4, /m);
      assert.ok(stdout.includes(`tool: drew ${pictures}/plot.png\n`), stdout);
      assert.equal(pngSize(await Deno.readFile(`${pictures}/plot.png`)), "PNG 640x480");
    } finally {
      await Deno.remove(pictures, { recursive: true });
    }
  },
);

testNeeding([file(python)], "examples: the CI step brings back exit code and report", async () => {
  await using agent = await startAgent();
  const folder = await Deno.makeTempDir({ prefix: "sallyport-ci-" });
  try {
    const [project, artefacts] = [`${folder}/project`, `${folder}/artefacts`];
    await Deno.mkdir(`${project}/shop`, { recursive: true });
    await Deno.writeTextFile(`${project}/shop/price.py`, "def price(n): return n * 3\n");
    await Deno.writeTextFile(
      `${project}/test_price.py`,
      "import unittest\nfrom shop.price import price\n\n\nclass Price(unittest.TestCase):\n" +
        "    def test_three(self): self.assertEqual(price(1), EXPECTED)\n",
    );
    const step = async (expected: number, code: number) => {
      const command = `sed -i s/EXPECTED/${expected}/ test_price.py\n` +
        'python3 -m unittest 2> "$OUT/report.txt"; code=$?\n' +
        'ln -s /etc/passwd "$OUT/link"; echo "$CI $code"; exit $code';
      const said = await say(deno("ci_step.ts", agent.target, project, artefacts, command), code);
      return { ...said, report: await Deno.readTextFile(`${artefacts}/report.txt`) };
    };
    const good = await step(3, 0);
    assert.equal(good.stdout, "true 0\n");
    assert.match(good.stderr, /^put 2 files, \d+ bytes, skipped 0\n/);
    assert.match(good.stderr, /\ngot 1 artefacts, skipped 1\n$/);
    assert.match(good.report, /\nOK\n$/);
    const bad = await step(4, 1);
    assert.equal(bad.stdout, "true 1\n");
    assert.match(bad.report, /AssertionError: 3 != 4/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testNeeding(
  [file("/usr/bin/node")],
  "examples: the plug-in runner survives its plug-ins",
  async () => {
    await using agent = await startAgent();
    const { stdout } = await say(deno("plugins.ts", agent.target));
    const lines = stdout.trim().split("\n");
    assert.deepEqual(lines.slice(0, 2), ["full price: 300, 20", "a tenth off: 270, 18"]);
    assert.match(lines[2], /^divides by zero: RuntimeError: divide by zero$/);
    assert.equal(lines[3], "never ends: took too long");
    assert.match(lines[4], /^is no module: CompileError: /);
  },
);
