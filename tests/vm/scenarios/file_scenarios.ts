// Files that are put into a sandbox, read from it, and gone after it.

import assert from "node:assert/strict";
import { RequestError } from "../../../controller/client.ts";
import { python, type Scenario, withClient } from "../guest/scenario.ts";

/** In the order they are run. */
export const fileScenarios: readonly Scenario[] = [
  {
    name: "files go in and out",
    run: (stage) =>
      withClient(stage, async (client) => {
        const data = crypto.getRandomValues(new Uint8Array(60_000));
        await client.put("in.bin", data);
        const code = "d=open('in.bin','rb').read();open('out.bin','wb').write(d[::-1])";
        assert.equal(
          (await client.run({ language: "python", code, timeout_ms: 20_000 }).result).exit_code,
          0,
        );
        assert.deepEqual(await client.get("out.bin"), data.toReversed());
        const names = (await client.list()).map(({ name }) => name);
        assert.ok(names.includes("in.bin") && names.includes("out.bin"), names.join());
      }),
  },
  {
    name: "a path out of the sandbox directory is refused",
    run: (stage) =>
      withClient(stage, async (client) => {
        await assert.rejects(client.get("../etc/passwd"), (e) =>
          e instanceof RequestError && e.code === "forbidden_path");
      }),
  },
  python(
    "nothing of the job before is left",
    "import os;print(os.listdir('.'), os.listdir('/tmp'))",
    (out) => assert.equal(out, "['main.py'] []"),
  ),
];
