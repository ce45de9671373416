// A host that an ordinary user runs: its machines say which layers they lack.

import assert from "node:assert/strict";
import { makeBundle } from "../../scripts/build/bundle.ts";
import { commandText } from "../../scripts/tools/command.ts";
import { agentCommand } from "../../scripts/tools/source_agent.ts";
import { projectRoot } from "../helpers/agent.ts";
import { file, root, testNeeding } from "../helpers/need.ts";
import { leavesNothing } from "./leaves_nothing.ts";

const user = 1000;

testNeeding(
  [root, file("/usr/bin/setpriv")],
  "an ordinary user's host runs a machine",
  () =>
    leavesNothing(async (directory) => {
      // The project and its deno may lie where that user cannot read: everything is copied.
      const { code } = await makeBundle(`${projectRoot}agent/main.ts`, directory);
      await Deno.writeTextFile(`${directory}/agent.js`, code);
      const bundle = ["bundle", "--quiet", "--packages=bundle", `--output=${directory}/host.js`];
      await commandText(Deno.execPath(), [...bundle, `${projectRoot}tests/host/rootless_host.ts`]);
      const deno = `${directory}/deno`;
      await Deno.copyFile(Deno.execPath(), deno);
      await Deno.chmod(deno, 0o755);
      await Deno.chown(directory, user, user);
      const [, ...words] = agentCommand();
      const agent = [deno, ...words.slice(0, -1), `${directory}/agent.js`];
      const { code: exit, stdout, stderr } = await new Deno.Command("/usr/bin/setpriv", {
        args: [
          ...[`--reuid=${user}`, `--regid=${user}`, "--clear-groups", "--no-new-privs"],
          ...[deno, "run", "-A", `${directory}/host.js`, `${directory}/m`, ...agent],
        ],
        cwd: directory,
        env: { NO_COLOR: "1", DENO_DIR: `${directory}/cache`, HOME: directory },
        stdin: "null",
      }).output();
      assert.equal(exit, 0, new TextDecoder().decode(stderr));
      const told = JSON.parse(new TextDecoder().decode(stdout));
      assert.deepEqual([told.uid, told.said, told.how, told.survivors], [
        user,
        "42",
        "stopped",
        [],
      ]);
      for (const layer of ["virtual machine", "ids", "agent-drop"]) {
        assert.ok(told.lacks.includes(layer), `${layer} is not in ${told.lacks}`);
      }
    }),
);
