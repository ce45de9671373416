// R: its own tests, from its source package, and the demonstrations that come with its packages.
// What the tests print is compared with what they print outside.

import { outside } from "./outside.ts";
import { type Source, unpacked } from "./sources.ts";
import {
  asOutside,
  isThere,
  namesIn,
  printsExpected,
  type Suite,
  type SuiteCase,
} from "./suite.ts";

const source: Source = {
  package: "r-base",
  archive: "r-base_4.2.2.20221110.orig.tar.gz",
  sha256: "8976903842d7df1f885c85a820826b8d4e8edef4ce4b49550683b851bd4a3a74",
  parts: ["tests"],
};

/** A script for each program. */
export const r: Suite = {
  language: "r",
  from: "R 4.2.2, tests/ and demo/",
  async cases() {
    const tree = await unpacked(source);
    if (typeof tree !== "string") return tree.missing;
    const cases: SuiteCase[] = [];
    for (const name of await namesIn(`${tree}/tests`, /\.R$/)) {
      const code = await Deno.readFile(`${tree}/tests/${name}`);
      if (code.length <= 65536) cases.push({ name: `tests/${name}`, code, expects: asOutside });
    }
    for (const library of ["base", "grDevices", "graphics", "stats", "utils"]) {
      const directory = `/usr/lib/R/library/${library}/demo`;
      if (!await isThere(directory)) continue;
      for (const name of await namesIn(directory, /\.R$/)) {
        const code = `pdf("plots.pdf")\nsource("${directory}/${name}", echo = TRUE)\n`;
        cases.push({ name: `demo/${library}/${name}`, code });
      }
    }
    return cases;
  },
  passed(outcome, program) {
    if (outcome.exitCode !== 0) return null;
    return program.expects === undefined ? 1 : printsExpected(outcome, program);
  },
  outside: outside.r,
  fails: {},
  sample: 6,
  atLeast: { sample: 6, all: 45 },
};
