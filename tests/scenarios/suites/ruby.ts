// Tests of the gems that Ruby bundles, which Debian installs with it.

import { byName, isThere, type Suite, type SuiteCase } from "./suite.ts";

const gems = "/usr/lib/ruby/gems/3.1.0/gems";

/** A file of test-unit or minitest for each program. */
export const ruby: Suite = {
  language: "ruby",
  from: "libruby3.1: rss, minitest, test-unit",
  async cases() {
    const directories = [
      "rss-0.2.9/test",
      "minitest-5.15.0/test/minitest",
      "test-unit-3.5.3/sample",
    ];
    const cases: SuiteCase[] = [];
    for (const directory of directories) {
      if (!await isThere(`${gems}/${directory}`)) continue;
      for await (const { name } of Deno.readDir(`${gems}/${directory}`)) {
        // Leave out those that take seconds.
        if (!/^test_(?!maker_|setup_maker_).*\.rb$/.test(name)) continue;
        const own = directory.startsWith("minitest") ? "" : 'require "test/unit"\n';
        const path = `${gems}/${directory}`;
        const code = `$:.unshift "${path}", "${path}/.."\n${own}require "${path}/${name}"\n`;
        cases.push({ name: `${directory.split("-")[0]}/${name}`, code });
      }
    }
    return cases.length === 0 ? `no "${gems}/rss-0.2.9/test"` : byName(cases);
  },
  passed({ exitCode, stdout }) {
    const ran = /^(\d+) (?:tests|runs), \d+ assertions, 0 failures, 0 errors/m.exec(stdout);
    return exitCode === 0 && ran !== null ? Number(ran[1]) : null;
  },
  fails: {},
  sample: 10,
  atLeast: { sample: 10, all: 29 },
};
