// Go: the tests of its compiler and runtime, which Debian installs with its sources.

import { isThere, namesIn, type Suite, type SuiteCase } from "./suite.ts";

const directory = "/usr/share/go-1.19/test";

/** The files that are programs by themselves: those that begin with "// run". */
export const go: Suite = {
  language: "go",
  from: "golang-1.19-src, test/",
  async cases() {
    if (!await isThere(directory)) return `no "${directory}"`;
    const cases: SuiteCase[] = [];
    for (const part of [".", "chan", "interface", "ken", "typeparam"]) {
      for (const name of await namesIn(`${directory}/${part}`, /\.go$/)) {
        const path = `${directory}/${part}/${name}`;
        const code = await Deno.readTextFile(path);
        if (!/^\/\/ run\n/.test(code) || code.length > 65536) continue;
        const out = path.replace(/go$/, "out");
        const expects = await isThere(out) ? await Deno.readTextFile(out) : undefined;
        cases.push({ name: `${part}/${name}`.replace("./", ""), code, expects });
      }
    }
    // Each is compiled and linked, which takes a second: one in four.
    return cases.filter((_, i) => i % 4 === 0);
  },
  passed({ exitCode, stdout, stderr }, { expects }) {
    return exitCode === 0 && (expects === undefined || stdout + stderr === expects) ? 1 : null;
  },
  fails: {},
  sample: 6,
  atLeast: { sample: 6, all: 82 },
};
