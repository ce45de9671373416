// TypeScript: programs among the tests of its compiler that print something. What they print is
// compared with what they print outside.

import { type Source, unpacked } from "./sources.ts";
import { asOutside, byName, printsExpected, type Suite, type SuiteCase } from "./suite.ts";

const source: Source = {
  package: "node-typescript",
  archive: "node-typescript_4.8.4+ds1.orig.tar.xz",
  sha256: "f7917171a6132ab74404e9928d25ec3d07c9398fc0e9b5df1000c5c28b26653f",
  parts: ["tests/cases"],
};

/** One file that is a program by itself; many are errors on purpose, and fail outside too. */
const needsMore = /@filename|import |export |require|declare |@jsx|@module/i;

async function programs(directory: string, below = ""): Promise<SuiteCase[]> {
  const found: SuiteCase[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${directory}/${below}`)) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) found.push(...await programs(directory, path));
    else if (name.endsWith(".ts")) {
      const code = await Deno.readTextFile(`${directory}/${path}`);
      if (!code.includes("console.log") || needsMore.test(code)) continue;
      found.push({ name: path, code, expects: asOutside });
    }
  }
  return found;
}

/** A file of tests/cases for each program. */
export const typescript: Suite = {
  language: "typescript",
  from: "typescript 4.8.4, tests/cases",
  async cases() {
    const tree = await unpacked(source);
    if (typeof tree !== "string") return tree.missing;
    const parts = ["conformance", "compiler"].map((part) => programs(`${tree}/tests/cases`, part));
    return byName((await Promise.all(parts)).flat());
  },
  passed(outcome, program) {
    if (outcome.exitCode !== 0 || outcome.stdout === "") return null;
    return printsExpected(outcome, program);
  },
  fails: {},
  sample: 16,
  atLeast: { sample: 7, all: 38 },
};
