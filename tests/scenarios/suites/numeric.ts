// Tests of numpy, scipy, pandas and matplotlib, which Debian installs with them.

import { outside } from "./outside.ts";
import { numericModules } from "./numeric_modules.ts";
import { isThere, type Suite } from "./suite.ts";

const packages = "/usr/lib/python3/dist-packages";
const fileOf = (name: string) => `${packages}/${name.replaceAll(".", "/")}.py`;

/** A module of pytest for each program. */
export const numeric: Suite = {
  language: "python",
  from: "python3-numpy, -scipy, -pandas, -matplotlib",
  async cases() {
    if (!await isThere(`${packages}/pytest`)) return `no "${packages}/pytest"`;
    const found = [];
    for (const name of numericModules) {
      if (await isThere(fileOf(name))) found.push(name);
    }
    if (found.length === 0) return `no "${packages}/numpy"`;
    return found.map((name) => ({
      name,
      code: "import sys, pytest\n" +
        `sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "${fileOf(name)}"]))\n`,
    }));
  },
  passed({ exitCode, stdout }) {
    const ran = /(\d+) passed/.exec(stdout);
    return exitCode === 0 && ran !== null ? Number(ran[1]) : null;
  },
  outside: outside.numeric,
  fails: {},
  sample: 8,
  atLeast: { sample: 8, all: 74 },
};
