import assert from "node:assert/strict";
import {
  EPOLLIN,
  O_CLOEXEC,
  RLIMIT_CORE,
  RLIMIT_NOFILE,
  SIGKILL,
  SIGTERM,
  WNOHANG,
} from "./constants.ts";
import { leakTest } from "./testing/descriptor_leak.ts";
import { Epoll } from "./epoll.ts";
import { E } from "./errno.ts";
import { fixtureCommand, runFixture } from "./testing/fixture_run.ts";
import { closeFd, pipe2, readFd } from "./fd.ts";
import * as process from "./process.ts";
import { WEXITSTATUS, WIFEXITED, WIFSIGNALED, WTERMSIG } from "./wait_status.ts";

/** Runs /bin/sh with its output in a pipe; the output and the wait status. */
function shell(script: string, env: string[], options: process.SpawnOptions) {
  const [reader, writer] = pipe2(O_CLOEXEC);
  const dup2 = [[writer, 1] as const, ...(options.dup2 ?? [])];
  const argv = ["sh", "-c", script];
  const pid = process.posixSpawn("/bin/sh", argv, env, { ...options, dup2 });
  closeFd(writer);
  const buffer = new Uint8Array(65536);
  let size = 0;
  for (let n = 1; n > 0; size += n) n = readFd(reader, buffer.subarray(size));
  closeFd(reader);
  const { pid: waited, status } = process.waitpid(pid);
  assert.equal(waited, pid);
  return { text: new TextDecoder().decode(buffer.subarray(0, size)).trim(), status, pid };
}

leakTest("a child gets its arguments, environment, descriptors and session", () => {
  const script = 'echo "$0 $A"; readlink /proc/self/fd/0; ps -o sid= -p $$; exit 7';
  const { text, status, pid } = shell(script, ["A=b", "PATH=/usr/bin:/bin"], {
    devNull: [0],
    setsid: true,
  });
  assert.deepEqual(text.split(/\s+/), ["sh", "b", "/dev/null", `${pid}`]);
  assert.ok(WIFEXITED(status));
  assert.equal(WEXITSTATUS(status), 7);
});

leakTest("a child starts with every signal at its default", () => {
  const { text } = shell("grep -E 'Sig(Ign|Blk)' /proc/self/status", ["PATH=/usr/bin:/bin"], {
    resetSignals: true,
  });
  assert.deepEqual(text.match(/[0-9a-f]{16}/g), ["0000000000000000", "0000000000000000"]);
});

leakTest("what cannot be started is an error here", () => {
  assert.throws(() => process.posixSpawn("/nonexistent", ["x"], []), {
    name: "SysError",
    message: 'Cannot start "/nonexistent": ENOENT',
  });
  assert.throws(() => process.posixSpawn("/bin/true", ["x"], [], { dup2: [[99999, 3]] }), {
    code: "EBADF",
  });
});

leakTest("a pidfd tells of the end, and signals nobody else afterwards", () => {
  using epoll = new Epoll();
  const pid = process.posixSpawn("/bin/sleep", ["sleep", "60"], [], { devNull: [0, 1, 2] });
  const pidfd = process.pidfdOpen(pid);
  epoll.add(pidfd, EPOLLIN);
  assert.equal(epoll.wait(0), 0);
  assert.deepEqual(process.waitpid(pid, WNOHANG).pid, 0);
  assert.equal(process.kill(pid, 0), 0);
  assert.equal(process.pidfdSendSignal(pidfd, SIGTERM), 0);
  assert.equal(epoll.wait(5000), 1);
  const { status } = process.waitpid(pid);
  assert.ok(WIFSIGNALED(status));
  assert.equal(WTERMSIG(status), SIGTERM);
  assert.equal(process.pidfdSendSignal(pidfd, SIGKILL), -E.ESRCH);
  assert.equal(process.waitpid(pid).pid, -E.ECHILD);
  assert.throws(() => process.pidfdOpen(pid), { code: "ESRCH" });
  closeFd(pidfd);
});

leakTest("/bin/true ends with 0", () => {
  using epoll = new Epoll();
  const pid = process.posixSpawn("/bin/true", ["true"], []);
  const pidfd = process.pidfdOpen(pid);
  epoll.add(pidfd, EPOLLIN);
  assert.equal(epoll.wait(5000), 1);
  assert.equal(process.waitpid(pid).status, 0);
  closeFd(pidfd);
});

leakTest("limits are read and set, and the old ones returned", () => {
  const files = process.prlimit(0, RLIMIT_NOFILE);
  assert.ok(files.soft > 0n && files.soft <= files.hard);
  const core = process.prlimit(0, RLIMIT_CORE, {
    soft: 0n,
    hard: process.prlimit(0, RLIMIT_CORE).hard,
  });
  assert.equal(process.prlimit(0, RLIMIT_CORE, core).soft, 0n);
  assert.deepEqual(process.prlimit(0, RLIMIT_CORE), core);
  assert.throws(() => process.prlimit(0, 99), {
    message: 'Cannot read resource limit "99": EINVAL',
  });
});

Deno.test("ids of this process and its parent", () => {
  assert.equal(process.getpid(), Deno.pid);
  assert.equal(process.getppid(), Deno.ppid);
});

Deno.test("a child that ends while SIGCHLD is ignored is forgotten by itself", async () => {
  const seen = await runFixture(fixtureCommand("ignore_sigchld"));
  assert.deepEqual(seen, { before: "reaped", after: "ECHILD" });
});
