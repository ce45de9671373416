// The wider profiles in the guest: what each is for works, and what it is not for is refused.

import assert from "node:assert/strict";
import { job, python, type Scenario } from "../guest/scenario.ts";

/** Starts a program of the image, then one that the job wrote. */
const starts = `
import errno, os, subprocess
print(subprocess.check_output(['perl', '-e', 'print 6 * 7'], text=True))
print(subprocess.check_output('printf %s "$HOME"', shell=True, text=True))
with open('own', 'w') as file: file.write('#!/bin/sh\\necho executed')
os.chmod('own', 0o755)
try: print(subprocess.check_output(['./own'], text=True).strip())
except OSError as error: print(errno.errorcode[error.errno])`;

const server = `
import errno, socket, threading
with socket.create_server(('127.0.0.1', 0)) as listener:
    def answer():
        connection, _ = listener.accept()
        with connection: connection.sendall(b'hello')
    threading.Thread(target=answer).start()
    with socket.create_connection(listener.getsockname()) as client: print(client.recv(9).decode())
for family, address in ((socket.AF_INET, ('192.0.2.1', 80)), (socket.AF_VSOCK, (2, 5000))):
    try: socket.socket(family).connect(address)
    except OSError as error: print(errno.errorcode[error.errno])`;

/** Where an ordinary fork bomb is more than the filter and the rlimit have to say. */
const bomb = "import os\nwhile True:\n try: os.fork()\n except OSError: pass";

const bombs = ["programs", "workspace"].map((profile): Scenario => ({
  name: `profile ${profile}: a fork bomb ends at its limit, and the next job runs`,
  run: async (stage) => {
    const limits = { processes: 24, cpu_ms: 20_000 };
    const ends = { status: "limit", limit: "processes" } as const;
    await job(stage, "python", bomb, ends, { profile, limits });
    await job(stage, "sh", "echo next", { status: "exited", exit_code: 0 }, { profile });
  },
}));

/** In the order they are run. */
export const profileScenarios: readonly Scenario[] = [
  python(
    "profile programs: starts the image's programs, and nothing that was written",
    starts,
    (out) => assert.equal(out, "42\n/tmp\nEACCES"),
    { profile: "programs" },
  ),
  python(
    "profile workspace: starts what was written too",
    starts,
    (out) => assert.equal(out, "42\n/tmp\nexecuted"),
    { profile: "workspace" },
  ),
  {
    name: "without a profile no other program is started",
    run: async (stage) => {
      const { result, stderr } = await job(stage, "python", starts, { status: "exited" });
      assert.match(stderr, /PermissionError: \[Errno 1\]/);
      assert.ok(result.denied.some(({ syscall }) => syscall === "execve"), stderr);
    },
  },
  python(
    "profile workspace: a server on loopback, no other network, no vsock",
    server,
    (out) => assert.equal(out, "hello\nENETUNREACH\nEPERM"),
    { profile: "workspace" },
  ),
  ...bombs,
];
