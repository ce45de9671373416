// A code interpreter's day: notebooks in Python and R, cell after cell in a kept sandbox. Each cell
// prints exactly what it must, and is refused nothing but what it says.

import assert from "node:assert/strict";
import { notebooks, parseNotebook } from "../days/interpreter/notebook.ts";
import { agrees, play, pngSize } from "../days/interpreter/run.ts";
import { startAgent } from "../helpers/agent.ts";
import { connect } from "../helpers/job.ts";
import { file, testNeeding } from "../helpers/need.ts";

for (const notebook of await notebooks()) {
  testNeeding(notebook.needs, `notebooks: ${notebook.name}`, async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const { faults } = await play(client, notebook, 20_000); // other tests may keep the machine busy
    assert.deepEqual(faults, []);
  });
}

Deno.test("notebooks: a cell is its options, its code, and what it must print", () => {
  const { head, cells } = parseNotebook('# h\n# %% {"ends":"x"}\na\n\n#> b\n#!  c\n# %%\nd\n#>\n');
  assert.equal(head, "# h\n");
  assert.deepEqual(cells, [
    { line: 2, code: "a\n", options: { ends: "x" }, stdout: "b\n", stderr: [" c"] },
    { line: 7, code: "d\n", options: {}, stdout: "\n", stderr: [] },
  ]);
  assert.ok(agrees("a\nb\n", "…\nb\n") && !agrees("a\nc\n", "…\nb\n"));
  assert.ok(agrees("abc", "ab…") && !agrees("abc", "b…") && !agrees("abc", "ab"));
  assert.match(pngSize(new TextEncoder().encode("GIF89a")), /^no PNG/);
});

/** A cell that does otherwise than it must, and what is then said of it. */
const wrong: Record<string, [cell: string, fault: RegExp]> = {
  "another output": ["# %%\nprint(1)\n#> 2\n", /it printed "1\\n"/],
  "another end": ["# %%\nexit(2)\n", /it ended by exited 2/],
  "a warning": ["# %%\nimport sys; sys.stderr.write('w')\n", /it said on standard error.*w/],
  "no traceback": ['# %% {"ends":"exited 1"}\nexit(1)\n#! Traceback\n', /without Traceback/],
  "a refused call": ["# %%\nimport os; os.system('ls')\n", /it was refused: execve/],
  "no refused call": ['# %% {"denied":["mount"]}\npass\n', /it was refused: $/],
  "lost output": ["# %%\nprint('x' * 2000000)\n#> …\n#> x\n", /951425 bytes were dropped/],
  "another file": [
    "# %% {\"get\":{\"a.png\":\"PNG 1x1\"}}\nopen('a.png', 'w').write('x')\n",
    /a.png is/,
  ],
};

testNeeding(
  [file("/usr/bin/python3")],
  "notebooks: what a cell does otherwise is a fault",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    for (const [name, [text, fault]] of Object.entries(wrong)) {
      const { cells } = parseNotebook(text);
      const played = await play(client, { name, language: "python", needs: [], cells });
      assert.equal(
        played.faults.filter((one) => fault.test(one)).length,
        1,
        `${name}: ${played.faults}`,
      );
    }
  },
);
