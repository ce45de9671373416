// C++: the tests of GLM and the examples of Range-v3, two libraries of headers. Those of GLM count
// their own errors; what the examples print is compared with what they print outside.

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

const glm: Source = {
  package: "glm",
  archive: "glm_0.9.9.8+ds.orig.tar.xz",
  sha256: "0e678af38374a9d49dbd19f206bbc31564ddcd91449fe48ea8967a51ab3ccd69",
  parts: ["test"],
};

const ranges: Source = {
  package: "range-v3",
  archive: "range-v3_0.12.0.orig.tar.gz",
  sha256: "015adb2300a98edfceaf0725beec3337f542af4915cec4d0b89fa0886f4ba9cb",
  parts: ["example"],
};

async function programs(directory: string, expects?: typeof asOutside): Promise<SuiteCase[]> {
  const names = await namesIn(directory, /\.cpp$/);
  return await Promise.all(names.map(async (name) => ({
    name: `${directory.split("/").at(-1)}/${name}`,
    code: await Deno.readTextFile(`${directory}/${name}`),
    expects,
  })));
}

/** A file with a function main for each program. */
export const cpp: Suite = {
  language: "cpp",
  from: "glm 0.9.9.8, test/; range-v3 0.12, example/",
  async cases() {
    for (const header of ["glm/glm.hpp", "range/v3/all.hpp"]) {
      if (!await isThere(`/usr/include/${header}`)) return `no "/usr/include/${header}"`;
    }
    const [tests, examples] = [await unpacked(glm), await unpacked(ranges)];
    if (typeof tests !== "string") return tests.missing;
    if (typeof examples !== "string") return examples.missing;
    const parts = ["core", "ext", "gtc", "gtx"].map((part) => programs(`${tests}/test/${part}`));
    const many = (await Promise.all(parts)).flat();
    // Each takes seconds to compile: one in eight.
    return [
      ...many.filter((_, i) => i % 8 === 0),
      ...await programs(`${examples}/example`, asOutside),
    ];
  },
  passed(outcome, program) {
    if (outcome.exitCode !== 0) return null;
    return program.expects === undefined ? 1 : printsExpected(outcome, program);
  },
  outside: outside.cpp,
  fails: {},
  sample: 4,
  atLeast: { sample: 4, all: 35 },
};
