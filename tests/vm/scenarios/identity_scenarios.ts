// Who a job in the guest is: the files that answer it, its names, its environment.

import assert from "node:assert/strict";
import { policy } from "../../../policy/generated/policy.ts";
import { identityFiles } from "../../../sandbox/identity.ts";
import { ended, job, type Scenario } from "../guest/scenario.ts";

/** In the order they are run. */
export const identityScenarios: readonly Scenario[] = [
  {
    name: "identity: the sandbox's own accounts, names and environment",
    run: async (stage) => {
      const code = `
import getpass, grp, json, os, pwd, socket, sys
files = {path: open(path).read() for path in sys.argv[1:]}
me = pwd.getpwuid(os.getuid())
names = [getpass.getuser(), me.pw_name, me.pw_dir, grp.getgrgid(os.getgid()).gr_name, socket.gethostname(), os.uname().nodename]
print(json.dumps({"files": files, "names": names, "env": dict(os.environ)}))`;
      const expected = identityFiles(1000);
      const { stdout } = await job(stage, "python", code, { exit_code: 0 }, {
        args: Object.keys(expected),
        env: { OWN: "ü", TERM: "xterm" },
      });
      const { files, names, env } = JSON.parse(stdout);
      assert.deepEqual(files, expected);
      assert.deepEqual(names, ["sandbox", "sandbox", "/tmp", ...Array(3).fill("sandbox")]);
      delete env.LC_CTYPE; // Python's own
      assert.deepEqual(env, { ...policy.languages.python.env, OWN: "ü", TERM: "xterm" });
    },
  },
  ended(
    "identity: Perl says the same",
    "perl",
    'my @e = getpwuid($<); exit !("$e[0] $e[7] $ENV{USER} $ENV{LOGNAME}" eq "sandbox /tmp sandbox sandbox")',
    { status: "exited", exit_code: 0 },
  ),
];
