// PHP: its own tests, in the form of files with the ending .phpt: a program, what it is given, and
// what it must print.

import { parsePhpTest, type PhpTest } from "./phpt.ts";
import { outside } from "./outside.ts";
import { type Source, unpacked } from "./sources.ts";
import { namesIn, type Suite, type SuiteCase } from "./suite.ts";

const source: Source = {
  package: "php8.2",
  archive: "php8.2_8.2.32.orig.tar.xz",
  sha256: "e02aa173c236c12791696254d607da680e6d5516f8f5c2339642de7c4f944bd2",
  parts: [
    "Zend/tests",
    "tests",
    "ext/standard/tests",
    "ext/json/tests",
    "ext/spl/tests",
    "ext/pcre/tests",
    "ext/date/tests",
    "ext/posix/tests",
  ],
};

/** Folders, and how many files of each are run. */
const parts: Readonly<Record<string, number>> = {
  "Zend/tests": 30,
  "Zend/tests/closures": 5,
  "Zend/tests/generators": 10,
  "Zend/tests/match": 5,
  "tests/classes": 10,
  "tests/lang": 15,
  "tests/output": 5,
  "ext/date/tests": 10,
  "ext/json/tests": 10,
  "ext/pcre/tests": 10,
  "ext/posix/tests": 8,
  "ext/spl/tests": 10,
  "ext/standard/tests/array": 10,
  "ext/standard/tests/file": 20,
  "ext/standard/tests/general_functions": 15,
  "ext/standard/tests/math": 5,
  "ext/standard/tests/streams": 10,
  "ext/standard/tests/strings": 10,
};

/** The settings with which PHP runs its tests. */
const settings = `error_reporting=32767
display_errors=1
log_errors=0
html_errors=0
precision=14
serialize_precision=-1
memory_limit=128M
zend.assertions=1
zend.exception_ignore_args=0
output_buffering=0
short_open_tag=0
date.timezone=UTC
`;

/** Those that need nothing but one file. */
export const php: Suite = {
  language: "php",
  from: "php 8.2.32, *.phpt",
  async cases() {
    const tree = await unpacked(source);
    if (typeof tree !== "string") return tree.missing;
    const cases: SuiteCase[] = [];
    for (const [part, count] of Object.entries(parts)) {
      const usable: [string, PhpTest][] = [];
      for (const name of await namesIn(`${tree}/${part}`, /\.phpt$/)) {
        const test = parsePhpTest(await Deno.readFile(`${tree}/${part}/${name}`), name);
        if (test !== null) usable.push([name, test]);
      }
      for (let i = 0; i < Math.min(count, usable.length); i++) {
        const [name, test] = usable[Math.floor(i * usable.length / count)];
        cases.push({
          ...test,
          name: `${part}/${name}`,
          env: { PHPRC: "." },
          files: { "php.ini": settings },
        });
      }
    }
    return cases;
  },
  passed({ stdout }, { expects }) {
    return new RegExp(expects as string, "su").test(stdout.trim()) ? 1 : null;
  },
  outside: outside.php,
  fails: {},
  sample: 25,
  atLeast: { sample: 25, all: 187 },
};
