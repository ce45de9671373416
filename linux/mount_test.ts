// What PID 1 of a guest does, in separate namespaces: nothing here may change the machine.

import assert from "node:assert/strict";
import { leakTest } from "./testing/descriptor_leak.ts";
import { SysError } from "./errno.ts";
import { fixtureCommand, runFixture } from "./testing/fixture_run.ts";
import { loadModule } from "./module.ts";

const name = "mounting, unmounting and naming the host";
const unshare = ["unshare", "--mount", "--uts", "--propagation", "private", "--"];
const missing = Deno.uid() !== 0 ? "root" : canUnshare() ? null : "leave to make namespaces";
if (missing) console.error(`SKIPPED: ${name}: ${missing}`);

function canUnshare(): boolean {
  try {
    return new Deno.Command(unshare[0], { args: [...unshare.slice(1), "true"] }).outputSync()
      .success;
  } catch {
    return false;
  }
}

Deno.test({
  name,
  ignore: missing !== null,
  fn: async () => {
    const directory = Deno.makeTempDirSync();
    try {
      const result = await runFixture([...unshare, ...fixtureCommand("mount_things", [directory])]);
      assert.deepEqual(result, {
        first: true,
        mode: 0o750,
        again: false,
        tooBig: `Cannot write all of "${directory}/g": EIO`,
        readOnly: `Cannot open "${directory}/h": EROFS`,
        unmounted: [true, true, false],
        host: "named",
        failed: `Cannot mount no such type on "${directory}": ENODEV`,
      });
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  },
});

leakTest("what is no module is not loaded", () => {
  const file = Deno.makeTempFileSync();
  try {
    assert.throws(() => loadModule(file), (error) => {
      return error instanceof SysError && error.call === "finit_module";
    });
    assert.throws(() => loadModule(`${file}.none`), { code: "ENOENT" });
  } finally {
    Deno.removeSync(file);
  }
});
