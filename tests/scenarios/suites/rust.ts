// Rust: the programs with which its compiler tests that what it compiles runs.

import { outside } from "./outside.ts";
import { type Source, unpacked } from "./sources.ts";
import { byName, exitsWithZero, type Suite, type SuiteCase } from "./suite.ts";

const source: Source = {
  package: "rustc",
  archive: "rustc_1.63.0+dfsg1.orig.tar.xz",
  sha256: "ad79e62b57ab06516595da2513369b0285b6e2bde1331c00a4197f492f7fad3d",
  parts: ["src/test/ui"],
};

/** What a program must say: that it is to be run. What it must not: that it needs more than rustc. */
const runs = /^\/\/ run-pass/m;
const needsMore =
  /^\/\/\s*\[?\w*\]?\s*(aux-build|compile-flags|edition|revisions|needs|ignore|only|rustc-env|exec-env|run-flags|build-aux|pp-exact)|#!\[feature|#!\[no_std|include_|mod \w+;/m;

/** Folders of src/test/ui about what a program does when it runs. */
const parts = [
  "array-slice-vec",
  "binding",
  "box",
  "closures",
  "consts",
  "drop",
  "functions-closures",
  "generics",
  "iterators",
  "macros",
  "methods",
  "mir",
  "numbers-arithmetic",
  "overloaded",
  "panics",
  "process",
  "runtime",
  "sepcomp",
  "structs-enums",
  "threads-sendsync",
  "traits",
];

/** One in twelve of them: each takes a second to compile. */
export const rust: Suite = {
  language: "rust",
  from: "rustc 1.63, src/test/ui",
  async cases() {
    const tree = await unpacked(source);
    if (typeof tree !== "string") return tree.missing;
    const cases: SuiteCase[] = [];
    for (const part of parts) {
      for await (const { name, isFile } of Deno.readDir(`${tree}/src/test/ui/${part}`)) {
        if (!isFile || !name.endsWith(".rs")) continue;
        const code = await Deno.readTextFile(`${tree}/src/test/ui/${part}/${name}`);
        if (runs.test(code) && !needsMore.test(code)) cases.push({ name: `${part}/${name}`, code });
      }
    }
    const often = byName(cases).filter(({ name }) => /^(process|threads|runtime)/.test(name));
    const others = byName(cases).filter((each) => !often.includes(each));
    return byName([
      ...often.filter((_, i) => i % 3 === 0),
      ...others.filter((_, i) => i % 25 === 0),
    ]);
  },
  passed: exitsWithZero,
  outside: outside.rust,
  fails: {},
  sample: 6,
  atLeast: { sample: 6, all: 32 },
};
