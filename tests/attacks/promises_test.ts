// The table of promises in SECURITY.md names tests that exist, and numbers that are theirs.
//
// A part of "tries" that says "N tests" is the number that the row's files register. Any other part
// that begins with a number stands in the name of one of these tests, unless it says where the number
// is printed.

import assert from "node:assert/strict";
import { projectRoot } from "../helpers/agent.ts";
import { type Promised, promisesOf, wrongWith } from "../helpers/promises.ts";

async function registered(files: readonly string[]): Promise<Record<string, string[]>> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--unstable-vsock", "tests/helpers/registered.ts", ...files],
    cwd: projectRoot,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("promises: each has tests that exist, and the number of tries is theirs", async () => {
  const promises = promisesOf(await Deno.readTextFile(`${projectRoot}SECURITY.md`));
  assert.ok(promises.length >= 30, `${promises.length} promises`);
  const files = [...new Set(promises.flatMap(({ files }) => files))];
  for (const file of files) {
    assert.ok((await Deno.stat(projectRoot + file)).isFile, file);
  }
  const names = await registered(files.filter((file) => file.endsWith("_test.ts")));
  assert.deepEqual(promises.flatMap((promise) => wrongWith(promise, names)), []);
});

Deno.test("promises: a number that is not the test's is noticed", () => {
  const promise: Promised = {
    promise: "p",
    files: ["a_test.ts"],
    tries: "3 ways; 2 tests; 9 x, printed",
  };
  const names = { "a_test.ts": ["it has 3 ways", "another"] };
  const wrong = (tries: string) => wrongWith({ ...promise, tries }, names);
  assert.deepEqual(wrong(promise.tries), []);
  assert.deepEqual(wrong("3 tests"), ['"p": "3 tests", but a_test.ts: 2']);
  assert.deepEqual(wrong("4 ways; 2 tests"), ['"p": "4 ways" is in no test\'s name']);
  assert.deepEqual(wrong("3 ways"), ['"p": how many tests?']);
  assert.deepEqual(wrong("1,003 ways; 2 tests"), ['"p": "1,003 ways" is in no test\'s name']);
});
