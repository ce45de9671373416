// What a job in the guest runs as, what it sees, and what it cannot reach.

import assert from "node:assert/strict";
import { job, python, type Scenario, withClient } from "../guest/scenario.ts";

/** In the order they are run. */
export const confinementScenarios: readonly Scenario[] = [
  python(
    "a job is nobody special",
    "import os;print(os.getuid(),os.geteuid(),os.getgroups(),os.getpid()>1)",
    (out) => assert.match(out, /^1000 1000 \[\] True$/),
  ),
  python(
    "a job has no capabilities, no new privileges, a filter",
    "print([l.split()[1] for l in open('/proc/self/status') if l.startswith(('CapEff','NoNewPrivs','Seccomp:'))])",
    (out) => assert.equal(out, "['0000000000000000', '1', '2']"),
  ),
  python(
    "a job sees only its own processes",
    "import os;print(len([p for p in os.listdir('/proc') if p.isdigit()]))",
    (out) => assert.ok(Number(out) <= 3, out),
  ),
  python(
    "a job cannot read the agent or the kernel's memory",
    "import os\nr=[]\nfor p in ('/init','/proc/kcore','/dev/mem','/dev/vsock','/sys/kernel'):\n r.append(os.access(p,os.R_OK))\nprint(any(r))",
    (out) => assert.equal(out, "False"),
  ),
  python(
    "the guest's files cannot be written",
    "import errno\nr=[]\nfor p in ('/etc/passwd','/usr/bin/x','/x','/init'):\n try: open(p,'w'); r.append('written')\n except OSError as e: r.append('no')\nprint(set(r))",
    (out) => assert.equal(out, "{'no'}"),
  ),
  {
    name: "a job cannot reach the agent's port",
    run: async (stage) => {
      const code =
        "import errno,socket\nfor cid in (1,2,3):\n try:\n  s=socket.socket(socket.AF_VSOCK); s.connect((cid,5000)); print('connected')\n" +
        " except OSError as e: print(errno.errorcode[e.errno])";
      const { result, stdout } = await job(stage, "python", code, { status: "exited" });
      assert.doesNotMatch(stdout, /connected/);
      assert.ok(result.denied.some((d) => d.syscall === "socket"), JSON.stringify(result.denied));
    },
  },
  {
    name: "every hardening layer is on",
    run: (stage) =>
      withClient(stage, async (client) => {
        const off = (await client.info()).hardening.filter((layer) => !layer.on);
        assert.deepEqual(off, []);
      }),
  },
];
