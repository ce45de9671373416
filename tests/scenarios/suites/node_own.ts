// Programs of this project that use Node as ordinary programs do, with its own test runner.

import { projectRoot } from "../../helpers/agent.ts";
import type { Suite, SuiteCase } from "./suite.ts";

/** A file of node:test for each program. */
export const nodeOwn: Suite = {
  language: "node",
  from: "tests/fixtures/suites",
  async cases() {
    const cases: SuiteCase[] = [];
    for (const name of ["node_assert", "node_fs", "node_stream", "node_threads"]) {
      const path = `${projectRoot}tests/fixtures/suites/${name}.js`;
      cases.push({ name, code: await Deno.readFile(path) });
    }
    return cases;
  },
  passed({ exitCode, stdout }) {
    const ran = /^(?:#|ℹ) pass (\d+)$/m.exec(stdout);
    const failed = /^(?:#|ℹ) fail (\d+)$/m.exec(stdout);
    return exitCode === 0 && ran !== null && failed?.[1] === "0" ? Number(ran[1]) : null;
  },
  fails: {},
  atLeast: { sample: 4, all: 4 },
};
