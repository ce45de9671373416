// Python's own tests, which come with a package of Debian.

import { pythonModules } from "./python_modules.ts";
import { isThere, type Suite } from "./suite.ts";

/** A module of unittest for each program. */
export const python: Suite = {
  language: "python",
  from: "libpython3.11-testsuite",
  async cases() {
    const directory = "/usr/lib/python3.11/test";
    if (!await isThere(`${directory}/test_json`)) return `no "${directory}/test_json"`;
    return pythonModules.map((name) => ({
      name: `test_${name}`,
      code: `import unittest\nunittest.main(module="test.test_${name}", argv=["main.py"])\n`,
    }));
  },
  passed({ exitCode, stderr }) {
    const ran = /^Ran (\d+) tests? in/m.exec(stderr);
    return exitCode === 0 && ran !== null && /^OK\b/m.test(stderr) ? Number(ran[1]) : null;
  },
  fails: {
    "writes beside the library, which is read-only": "test_bdb",
    "no pseudo-terminals in a sandbox": "test_openpty test_pty",
    "wants to raise limits, and those of its parent": "test_resource",
    "signals about a directory (F_NOTIFY), refused to every job": "test_fcntl",
  },
  sample: 70,
  atLeast: { sample: 66, all: 205 },
};
