// Node's own tests, from its source package.

import { outside } from "./outside.ts";
import { type Source, unpacked } from "./sources.ts";
import { exitsWithZero, namesIn, type Suite, type SuiteCase } from "./suite.ts";

const source: Source = {
  package: "nodejs",
  archive: "nodejs_18.20.4+dfsg.orig.tar.xz",
  sha256: "6ce58062c71eae37d9c5ac31eeaeff9c2d48561d21c2849179d056c9c1bd9ebc",
  parts: ["test/common", "test/parallel"],
};

/** The files of test/parallel about one subject, and how many of them run. */
const subjects: Readonly<Record<string, number>> = {
  "assert": 5,
  "async": 5,
  "buffer": 10,
  "child-process": 12,
  "crypto": 8,
  "dgram": 4,
  "dns": 3,
  "event": 5,
  "fs": 20,
  "http": 10,
  "module": 3,
  "net": 8,
  "os": 2,
  "path": 5,
  "process": 8,
  "promise": 5,
  "querystring": 3,
  "readline": 4,
  "stream": 10,
  "string": 3,
  "timers": 8,
  "url": 5,
  "util": 5,
  "vm": 8,
  "worker": 8,
  "zlib": 5,
};

/** What a test does that needs more than itself and the helpers in test/common. */
const needsMore = /^\/\/ Flags:|fixtures|internal\/|\.\.\/(?!common)|internetHost|benchmark/m;

/** One file of test/parallel for each program, in a project of the shape that it expects. */
export const node: Suite = {
  language: "node",
  from: "nodejs 18.20.4, test/parallel",
  async cases() {
    const tree = await unpacked(source);
    if (typeof tree !== "string") return tree.missing;
    const helpers: Record<string, string> = {};
    for (const name of await namesIn(`${tree}/test/common`, /\.(js|mjs|json)$/)) {
      helpers[`common/${name}`] = await Deno.readTextFile(`${tree}/test/common/${name}`);
    }
    const all = await namesIn(`${tree}/test/parallel`, /^test-.*\.js$/);
    const cases: SuiteCase[] = [];
    for (const [subject, count] of Object.entries(subjects)) {
      const usable: [string, string][] = [];
      for (const name of all.filter((name) => name.startsWith(`test-${subject}-`))) {
        const code = await Deno.readTextFile(`${tree}/test/parallel/${name}`);
        if (!needsMore.test(code)) usable.push([name, code]);
      }
      for (let i = 0; i < Math.min(count, usable.length); i++) {
        const [name, code] = usable[Math.floor(i * usable.length / count)];
        const files = { ...helpers, [`parallel/${name}`]: code };
        cases.push({ name, code: `require("./parallel/${name}");\n`, files });
      }
    }
    return cases;
  },
  passed: exitsWithZero,
  outside: outside.node,
  fails: {
    "changes its user and groups, refused to every job":
      "test-child-process-spawnsync-validation-errors.js",
    "lists network interfaces over netlink, refused to every job": "test-http-autoselectfamily.js",
    "sets a priority by a process id; a job may set only its own, which is 0":
      "test-os-process-priority.js",
  },
  sample: 15,
  atLeast: { sample: 14, all: 155 },
};
