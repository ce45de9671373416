// bash: its own tests, each with the output that it must print.
//
// Each asks for its name, so it keeps it: the program is one line that starts it. Two helpers that
// bash compiles for its tests are functions here. HOME is a directory that no test changes to, since
// they print it as ~.

import { outside } from "./outside.ts";
import { type Source, unpacked } from "./sources.ts";
import { namesIn, printsExpected, type Suite } from "./suite.ts";

const source: Source = {
  package: "bash",
  archive: "bash_5.2.15.orig.tar.gz",
  sha256: "7a315bc0e9d90713159e4390ec1096a41e4f33cd8cc3d1a749a8e5ad56600f51",
  parts: ["tests"],
};

/** recho and zecho: print their arguments, one a line between < and >, or as they are. */
export const echoes =
  `recho() { local n=0 a; for a; do n=$((n + 1)); printf 'argv[%d] = <%s>\\n' $n "$a"; done; }
zecho() { echo "$*"; }
export -f recho zecho
`;

/** A file with the ending .tests for each program. */
export const bash: Suite = {
  language: "bash",
  from: "bash 5.2.15, tests/",
  async cases() {
    const tree = await unpacked(source);
    if (typeof tree !== "string") return tree.missing;
    const directory = `${tree}/tests`;
    const all = await namesIn(directory, /^[a-z].*/);
    const read = (name: string) => Deno.readFile(`${directory}/${name}`);
    const wanted = all.filter((name) =>
      name.endsWith(".tests") && all.includes(name.replace(/tests$/, "right"))
    );
    return await Promise.all(wanted.map(async (name) => {
      const stem = name.replace(/[\d-]*\.tests$/, "");
      const beside = all.filter((each) => each.startsWith(stem) && !each.endsWith(".right"));
      const files = Object.fromEntries(
        await Promise.all(beside.map(async (each) => [each, await read(each)])),
      );
      return {
        name,
        code: `${echoes}PATH=$PATH:. exec $THIS_SH ./${name} 2>&1\n`,
        env: { THIS_SH: "/bin/bash", BASH_TSTOUT: "/tmp/output", HOME: "/home" },
        files,
        expects: new TextDecoder().decode(await read(name.replace(/tests$/, "right"))),
      };
    }));
  },
  passed: printsExpected,
  outside: outside.bash,
  fails: {},
  sample: 12,
  atLeast: { sample: 12, all: 43 },
};
