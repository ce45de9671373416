// What `workspace` invites: servers on loopback, daemons, and memory that no process has mapped. None
// of it reaches another sandbox, and none of it outlives its run.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { assertSettles, censusAtRest } from "../helpers/census.ts";
import { type Client, connect, runJob, runNext, text } from "../helpers/job.ts";
import { file, testNeeding } from "../helpers/need.ts";

const python = file("/usr/bin/python3");
const profile = "workspace";
const port = 23_456;

/** Defines `listeners()`: TCP on both families, an abstract name, and one in /tmp. */
const listening = `
import os, socket, sys, time
def listeners():
    made = [socket.create_server(('', ${port})), socket.create_server(('::1', ${port}), family=socket.AF_INET6)]
    for name in ('\\0sallyport-attack', '/tmp/socket'):
        made.append(socket.socket(socket.AF_UNIX))
        if name[0] == '/' and os.path.exists(name): os.unlink(name)
        made[-1].bind(name)
        made[-1].listen()
    return made
`;

/** Defines `reach()`: what became of a connection to each of them. */
const reaching = `
import errno, socket
def reach():
    for family, name in ((socket.AF_INET, ('127.0.0.1', ${port})), (socket.AF_INET6, ('::1', ${port})),
                         (socket.AF_UNIX, '\\0sallyport-attack'), (socket.AF_UNIX, '/tmp/socket')):
        try:
            with socket.socket(family) as tried: tried.connect(name)
            print('connected')
        except OSError as error: print(errno.errorcode[error.errno])
`;

async function lines(client: Client, code: string): Promise<string[]> {
  const job = await runJob(client, { language: "python", profile, code, keep: true });
  assert.equal(job.result.exit_code, 0, text(job.stderr));
  return text(job.stdout).trim().split("\n");
}

const connected = Array(4).fill("connected");

testNeeding([python], "workspace: another sandbox's servers cannot be reached", async () => {
  await using agent = await startAgent();
  await using other = await startAgent();
  await using client = await connect(agent.target);
  await using otherClient = await connect(other.target);
  const own = "held = listeners()\nreach()\n";
  assert.deepEqual(
    await lines(client, listening + reaching + own),
    connected,
    "its own it reaches",
  );
  const run = client.run({
    language: "python",
    profile,
    code: `${listening}held = listeners()\nprint('up', flush=True)\ntime.sleep(20)`,
    stream: true,
  });
  for await (const { bytes } of run) {
    assert.equal(text(bytes), "up\n");
    const came = await lines(otherClient, `${reaching}reach()`);
    assert.deepEqual(came, ["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED", "ENOENT"]);
    await run.cancel();
  }
  assert.equal((await run.result).status, "cancelled");
});

testNeeding([python], "workspace: a daemon and its sockets are gone in the next run", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const daemon = `${listening}
told, tell = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        held = listeners()
        os.write(tell, b'!')
        while True:
            with open('/sandbox/beats', 'a') as beats: beats.write('.')
            time.sleep(0.005)
    os._exit(0)
os.wait()
os.read(told, 1)
print('left')
`;
  assert.deepEqual(await lines(client, daemon), ["left"]);
  const after = `${listening}${reaching}
reach()
beats = os.path.getsize('/sandbox/beats')
time.sleep(0.2)
print(beats > 0, os.path.getsize('/sandbox/beats') - beats)
print([name for name in os.listdir('/proc') if name.isdigit() and int(name) not in (1, 2, os.getpid())])
held = listeners()
reach()
`;
  const refused = Array(4).fill("ECONNREFUSED");
  assert.deepEqual(await lines(client, after), [...refused, "True 0", "[]", ...connected]);
});

/** Memory that belongs to no process: counted by a cgroup, and by no sample. */
const hiding = `
import mmap, os, socket, time
MiB = 1 << 20
held = []
for _ in range(4):
    held.append(os.memfd_create('m'))
    for _ in range(40): os.write(held[-1], b'x' * MiB)
for _ in range(4):
    shared = mmap.mmap(-1, 40 * MiB)
    for at in range(0, len(shared), 4096): shared[at] = 1
    shared.madvise(mmap.MADV_DONTNEED)
    held.append(shared)
for _ in range(32):
    pair = socket.socketpair()
    pair[0].setblocking(False)
    try:
        while True: pair[0].send(b'x' * 65536)
    except BlockingIOError: held.append(pair)
print('held', flush=True)
time.sleep(20)
`;

/** What memory files and shared memory take in the whole machine: Shmem of /proc/meminfo. */
function sharedBytes(): number {
  const info = Deno.readTextFileSync("/proc/meminfo");
  return Number(/^Shmem:\s+(\d+) kB$/m.exec(info)![1]) * 1024;
}

testNeeding(
  [python],
  "workspace: memory that no process has mapped goes with its run",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    await runNext(client, "python");
    await runNext(client, "python");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = await censusAtRest(agent.pid);
    const shared = sharedBytes();
    const hidden = 320 << 20;
    const run = client.run({
      language: "python",
      profile,
      code: hiding,
      stream: true,
      timeout_ms: 15_000,
    });
    let held = 0;
    for await (const { bytes } of run) {
      if (text(bytes) !== "held\n") continue;
      held = sharedBytes() - shared;
      await run.cancel();
    }
    const { status, limit } = await run.result;
    if (status === "limit") assert.equal(limit, "memory");
    else {
      assert.equal(status, "cancelled");
      assert.ok(held > hidden / 2, `it held ${held} bytes`);
    }
    await assertSettles(agent.pid, before);
    await runNext(client, "python");
    const left = sharedBytes() - shared;
    assert.ok(left < hidden / 2, `${left} bytes are left`);
  },
);
