// What needs a compiler or a runtime that compiles: builds, and the profiles for such programs.

import assert from "node:assert/strict";
import { job, type Scenario, text, withClient } from "../guest/scenario.ts";

/** Needs these languages in the image. */
interface Needing extends Scenario {
  needs: readonly string[];
}

const limits = { processes: 64, memory_bytes: 512 << 20, cpu_ms: 60_000 };
const exited = { status: "exited", exit_code: 0 } as const;

/** Starts a program of the image, then one that the job wrote. */
const starts = `
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
console.log(execFileSync('/bin/sh', ['-c', 'echo sh $((6 * 7))']).toString().trim());
fs.writeFileSync('own', '#!/bin/sh\\necho executed', { mode: 0o755 });
try { console.log(execFileSync('./own').toString().trim()); } catch (e) { console.log(e.code); }`;

const inShell = `
cat > square.c <<'END'
#include <stdio.h>
#include <math.h>
int main(void) { double x; while (scanf("%lf", &x) == 1) printf("%g\\n", pow(x, 2)); }
END
gcc -o square square.c -lm && gcc -static -o alone square.c -lm
echo 3 | ./square; echo 4 | ./alone`;

const all: readonly Needing[] = [
  {
    name: "builds: a compile error is the build's, and nothing is run",
    needs: ["c"],
    run: (stage) =>
      withClient(stage, async (client) => {
        const code = "int main(void) { return undefined; }";
        const { status, build, buildOutput } = await client.run({ language: "c", code }).result;
        assert.deepEqual([status, build?.status, build?.exit_code], ["build", "exited", 1]);
        assert.match(text(buildOutput!.stderr), /main\.c:1:\d+: error: .undefined. undeclared/);
      }),
  },
  {
    name: "builds: built once, run on three inputs, each in a sandbox of its own",
    needs: ["c"],
    run: (stage) =>
      withClient(stage, async (client) => {
        const code =
          '#include <stdio.h>\n#include <unistd.h>\nint main(void) { int n; scanf("%d", &n);' +
          ' printf("%d %d\\n", n * n, access("trace", F_OK)); fclose(fopen("trace", "w")); }';
        const built = await client.run({ language: "c", code, stdin: { text: "0" } }).result;
        assert.equal(built.build?.exit_code, 0);
        const program = await client.get("main");
        for (const n of [2, 3, 4]) {
          await client.put("main", program, { mode: 0o755 });
          const run = client.run({ language: "c", entry: "main", stdin: { text: `${n}` } });
          assert.equal(text((await run.result).output.stdout), `${n * n} -1\n`);
        }
      }),
  },
  {
    name: "profile workspace: a shell compiles, links in both ways, and runs what it made",
    needs: ["bash", "c"],
    run: async (stage) => {
      const options = { profile: "workspace", limits, timeout_ms: 90_000 };
      const { stdout, stderr } = await job(stage, "bash", inShell, exited, options);
      assert.equal(stdout, "9\n16\n", stderr);
    },
  },
  {
    name: "profile programs-jit: Node starts the image's programs, and nothing that was written",
    needs: ["node", "sh"],
    run: async (stage) => {
      const options = { limits, timeout_ms: 60_000 };
      const programs = { ...options, profile: "programs" };
      const { stdout } = await job(stage, "node", starts, exited, programs);
      assert.equal(stdout, "sh 42\nEACCES\n");
      const workspace = { ...options, profile: "workspace" };
      assert.equal(
        (await job(stage, "node", starts, exited, workspace)).stdout,
        "sh 42\nexecuted\n",
      );
      const strict = await job(stage, "node", starts, { status: "exited", exit_code: 1 }, options);
      assert.match(strict.stderr, /EPERM/);
    },
  },
];

/** Those for which the image has the languages. */
export function compilerScenarios(languages: readonly string[]): Scenario[] {
  return all.filter(({ needs }) => needs.every((name) => languages.includes(name)));
}
