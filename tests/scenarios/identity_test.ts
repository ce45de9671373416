// Whoever asks who it is gets one answer, and learns nothing of the machine's own accounts.

import assert from "node:assert/strict";
import { identityFiles } from "../../sandbox/identity.ts";
import { startAgent } from "../helpers/agent.ts";
import { connect, runJob, text } from "../helpers/job.ts";
import { file, testNeeding } from "../helpers/need.ts";

const isRoot = Deno.uid() === 0;
const uid = isRoot ? 1000 : 0;

Deno.test("identity: the files of the sandbox are there, and not the guest's", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  for (const [path, content] of Object.entries(identityFiles(uid))) {
    const job = await runJob(client, {
      language: "sh",
      code: `cat ${path}; echo x 2>&- > ${path}`,
    });
    assert.equal(text(job.stdout), content, path);
    assert.notEqual(job.result.exit_code, 0, `${path} can be written`);
  }
  const leftOver = await runJob(client, { language: "sh", code: "ls -A /; grep -c . /etc/passwd" });
  assert.doesNotMatch(text(leftOver.stdout), /identity/, "the file's own name is not left");
});

/** What each program says of the user's name, the home directory and the machine's name. */
const answers: Record<string, { need: string; language: string; profile?: string; code: string }> =
  {
    "the shell": {
      need: "/bin/sh",
      language: "sh",
      code:
        'echo "$(whoami) $(echo ~) $(hostname)"; id -un >&2; id -gn >&2; echo $USER $LOGNAME >&2',
    },
    "Python": {
      need: "/usr/bin/python3",
      language: "python",
      code: "import getpass, os, pwd, socket\nentry = pwd.getpwuid(os.getuid())\n" +
        "print(entry.pw_name, os.path.expanduser('~'), socket.gethostname())\n" +
        "assert (getpass.getuser(), entry.pw_dir, len(pwd.getpwall())) == ('sandbox', '/tmp', " +
        `${isRoot ? 3 : 2})`,
    },
    "Node": {
      need: "/usr/bin/node",
      language: "node",
      code:
        "const os = require('os'); console.log(os.userInfo().username, os.homedir(), os.hostname())",
    },
    "Perl": {
      need: "/usr/bin/perl",
      language: "perl",
      code: 'use Sys::Hostname; my @e = getpwuid($<); print "$e[0] $e[7] ", hostname(), "\\n"',
    },
    "Ruby": {
      need: "/usr/bin/ruby",
      language: "ruby",
      code:
        "require 'etc'; require 'socket'; puts [Etc.getlogin || ENV['USER'], Dir.home, Socket.gethostname].join(' ')",
    },
    "Java": {
      need: "/usr/bin/java",
      language: "bash",
      profile: "workspace",
      code:
        "cat > A.java <<'J'\npublic class A { public static void main(String[] a) throws Exception {" +
        ' System.out.println(System.getProperty("user.name") + " " + System.getProperty("user.home") + " " +' +
        " java.net.InetAddress.getLocalHost().getHostName()); } }\nJ\njava A.java",
    },
    "git": {
      need: "/usr/bin/git",
      language: "bash",
      profile: "workspace",
      code:
        "git init -q . 2>/dev/null; git -c user.email=a@b commit -q --allow-empty -m x 2>/dev/null;" +
        'echo "$(git log -1 --format=%an) $(git config --global --list 2>/dev/null | wc -l | sed s,0,/tmp,) $(uname -n)"',
    },
  };

for (const [name, { need, code, ...options }] of Object.entries(answers)) {
  testNeeding([file(need)], `identity: ${name} says what all say`, async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const limits = { processes: 64, memory_bytes: 1 << 30 };
    const job = await runJob(client, { ...options, code, limits, timeout_ms: 20_000 });
    assert.equal(text(job.stdout), "sandbox /tmp sandbox\n", text(job.stderr));
    if (name === "the shell") assert.equal(text(job.stderr), "sandbox\nsandbox\nsandbox sandbox\n");
  });
}
