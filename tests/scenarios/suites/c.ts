// C: the programs with which tcc tests itself, each with the output that it must print.

import { outside } from "./outside.ts";
import { type Source, unpacked } from "./sources.ts";
import { namesIn, printsExpected, type Suite } from "./suite.ts";

const source: Source = {
  package: "tcc",
  archive: "tcc_0.9.27+git20200814.62c30a4a.orig.tar.bz2",
  sha256: "d63c113bcdd657f51c8ee197a0b0a24203603313e19a52b5f678d40ab7f5df35",
  parts: ["tests/tests2"],
  flat: true,
};

/** Those that ask for tcc itself: its options, its errors, its libraries. */
const ofTcc = /^(60|73|96|98|99|104|11[2-7])[_+]/;

/** A file of tests/tests2 for each program. */
export const c: Suite = {
  language: "c",
  from: "tcc, tests/tests2",
  async cases() {
    const tree = await unpacked(source);
    if (typeof tree !== "string") return tree.missing;
    const directory = `${tree}/tests/tests2`;
    const header = { "18_include.h": await Deno.readTextFile(`${directory}/18_include.h`) };
    const names = await namesIn(directory, /^\d+_.*\.c$/);
    const wanted = names.filter((name) => !ofTcc.test(name));
    return await Promise.all(wanted.map(async (name) => ({
      name,
      code: await Deno.readTextFile(`${directory}/${name}`),
      expects: await Deno.readTextFile(`${directory}/${name.replace(/c$/, "expect")}`),
      files: name.startsWith("18") ? header : {},
    })));
  },
  passed: printsExpected,
  outside: outside.c,
  fails: {},
  sample: 15,
  atLeast: { sample: 15, all: 85 },
};
