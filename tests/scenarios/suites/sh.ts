// sh: the tests of busybox's shell, each with the output that it must print. Most of them ask for
// what every shell has.

import { outside } from "./outside.ts";
import { type Source, unpacked } from "./sources.ts";
import { isThere, namesIn, printsExpected, type Suite, type SuiteCase } from "./suite.ts";

const source: Source = {
  package: "busybox",
  archive: "busybox_1.35.0.orig.tar.bz2",
  sha256: "faeeb244c35a348a334f4a59e44626ee870fb07b6884d68c10ae8bc19f83a694",
  parts: ["shell/ash_test"],
};

const parts =
  "alias arith comm getopts glob heredoc invert misc parsing psubst quoting read redir signals vars";

/** A file with the ending .tests for each program. */
export const sh: Suite = {
  language: "sh",
  from: "busybox 1.35, shell/ash_test",
  async cases() {
    const tree = await unpacked(source);
    if (typeof tree !== "string") return tree.missing;
    const cases: SuiteCase[] = [];
    for (const part of parts.split(" ")) {
      const directory = `${tree}/shell/ash_test/ash-${part}`;
      for (const name of await namesIn(directory, /\.tests$/)) {
        const right = `${directory}/${name.replace(/tests$/, "right")}`;
        if (!await isThere(right)) continue;
        cases.push({
          name: `${part}/${name}`,
          code: `exec $THIS_SH ./${name} 2>&1\n`,
          env: { THIS_SH: "/bin/sh" },
          files: { [name]: await Deno.readFile(`${directory}/${name}`) },
          expects: await Deno.readTextFile(right),
        });
      }
    }
    return cases;
  },
  passed: printsExpected,
  outside: outside.sh,
  fails: {
    "writes beside its directory, where all is read-only": "misc/source1.tests",
    "root's home directory is another in the sandbox's own /etc/passwd":
      "vars/var-expand-tilde-in-parameter-expansion.tests",
  },
  sample: 30,
  atLeast: { sample: 28, all: 217 },
};
