// The wider profiles: each does what it is for, and what it is not for is refused by the layer that
// promises it.

import assert from "node:assert/strict";
import { landlockAbi } from "../../linux/landlock.ts";
import { startAgent } from "../helpers/agent.ts";
import { type Client, connect, runJob, text } from "../helpers/job.ts";
import { file, type Need, testNeeding } from "../helpers/need.ts";

const python = file("/usr/bin/python3");
const node = file("/usr/bin/node");
const landlock: Need = {
  missing: () => landlockAbi() > 0 ? null : "this kernel has no Landlock",
};

/** Runs Python; what it printed, or what went wrong. */
async function run(client: Client, profile: string | undefined, code: string): Promise<string> {
  const job = await runJob(client, { language: "python", code, profile, timeout_ms: 15_000 });
  return text(job.stdout) + text(job.stderr);
}

/** Tries to execute what it wrote, in every place and by every way that a job has. */
const executeOwn = `
import ctypes, errno, os, shutil, subprocess
def tried(name, path, pass_fds=()):
    try:
        out = subprocess.run([path], capture_output=True, pass_fds=pass_fds).stdout.decode().strip()
        print(name, out or 'ran')
    except OSError as error:
        print(name, errno.errorcode[error.errno])
for place in ('/sandbox', '/tmp', '/dev/shm'):
    with open(place + '/script', 'w') as script: script.write('#!/bin/sh\\necho executed')
    os.chmod(place + '/script', 0o755)
    tried(place + ' script', place + '/script')
    shutil.copyfile('/bin/echo', place + '/echo'); os.chmod(place + '/echo', 0o755)
    tried(place + ' program', place + '/echo')
os.symlink('/sandbox/echo', 'link'); tried('link', './link')
fd = os.open('/sandbox/echo', os.O_RDONLY); tried('descriptor', f'/proc/self/fd/{fd}', (fd,))
os.unlink('/sandbox/echo'); tried('unlinked', f'/proc/self/fd/{fd}', (fd,))
try:
    memory = os.memfd_create('m', 0); os.write(memory, open('/bin/echo', 'rb').read())
    tried('memory', f'/proc/self/fd/{memory}', (memory,))
except OSError as error:
    print('memory', errno.errorcode[error.errno])
os.symlink('/bin/echo', 'image'); tried('link to the image', './image')
`;

const names = [
  ...["/sandbox", "/tmp", "/dev/shm"].flatMap((place) => [`${place} script`, `${place} program`]),
  ...["link", "descriptor", "unlinked", "memory"],
];

function rows(output: string): Record<string, string> {
  return Object.fromEntries(
    output.trim().split("\n").map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), line.slice(end + 1)];
    }),
  );
}

testNeeding(
  [python, landlock],
  "profiles: programs starts the image's own, and nothing that was written",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const programs = rows(await run(client, "programs", executeOwn));
    for (const name of names) {
      assert.equal(programs[name], name === "memory" ? "ENOSYS" : "EACCES", name);
    }
    assert.equal(programs["link to the image"], "ran");
    // The same attack where it is allowed.
    const workspace = rows(await run(client, "workspace", executeOwn));
    for (const name of names) assert.match(workspace[name], /^(ran|executed)$/, name);
    const strict = rows(await run(client, undefined, executeOwn));
    for (const name of [...names, "link to the image"]) assert.equal(strict[name], "EPERM", name);
  },
);

testNeeding(
  [python, node],
  "profiles: programs of the image, from Python and from Node",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const code = "import subprocess, sys\n" +
      "print(subprocess.run(['ls', '/'], capture_output=True, text=True).stdout.count('usr'))\n" +
      "print(subprocess.check_output('echo a | tr a b; printf %s $((6 * 7))', shell=True, text=True))\n" +
      "print(subprocess.check_output([sys.executable, '-c', 'print(\"inner\")'], text=True))";
    assert.equal(await run(client, "programs", code), "1\nb\n42\ninner\n\n");
    assert.match(await run(client, undefined, code), /PermissionError/);
    const js = "const { execFileSync, execSync } = require('child_process');" +
      "console.log(execSync('echo sh').toString().trim(), execFileSync(process.execPath, ['-p', '6*7']).toString().trim())";
    const job = await runJob(client, {
      language: "node",
      code: js,
      profile: "programs",
      timeout_ms: 15_000,
    });
    assert.equal(text(job.stdout) + text(job.stderr), "sh 42\n");
  },
);

const server = `
import socket, threading
def serve(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind((address, 0)); listener.listen()
        def answer():
            connection, _ = listener.accept()
            with connection: connection.sendall(b'hello')
        threading.Thread(target=answer).start()
        with socket.create_connection(listener.getsockname()[:2]) as client:
            return client.recv(9).decode()
print(serve(socket.AF_INET, '127.0.0.1'), serve(socket.AF_INET6, '::1'))
`;

testNeeding(
  [python],
  "profiles: loopback is the job's own, and nothing else is there",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    assert.equal(await run(client, "workspace", server), "hello hello\n");
    assert.match(await run(client, undefined, server), /PermissionError: \[Errno 1\]/);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const outside = `
import errno, socket
def tried(name, make):
    try: make(); print(name, 'done')
    except OSError as error: print(name, errno.errorcode[error.errno])
tried('this machine', lambda: socket.create_connection(('127.0.0.1', ${port}), 2))
tried('elsewhere', lambda: socket.create_connection(('192.0.2.1', 80), 2))
tried('datagram', lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53)))
for name, family, kind, protocol in (
    ('raw', socket.AF_INET, socket.SOCK_RAW, 255), ('ping', socket.AF_INET, socket.SOCK_DGRAM, 1),
    ('packet', 17, socket.SOCK_RAW, 0), ('vsock', 40, socket.SOCK_STREAM, 0), ('alg', 38, socket.SOCK_SEQPACKET, 0),
    ('sctp', socket.AF_INET, socket.SOCK_STREAM, 132), ('dccp', socket.AF_INET, 6, 0),
    ('mptcp', socket.AF_INET, socket.SOCK_STREAM, 262), ('udplite', socket.AF_INET, socket.SOCK_DGRAM, 136),
    ('bluetooth', 31, socket.SOCK_STREAM, 0), ('netlink', 16, socket.SOCK_RAW, 0)):
    tried(name, lambda: socket.socket(family, kind, protocol))
`;
    assert.deepEqual(rows(await run(client, "workspace", outside)), {
      "this machine": "ECONNREFUSED",
      "elsewhere": "ENETUNREACH",
      "datagram": "ENETUNREACH",
      ...Object.fromEntries(
        "raw ping packet vsock alg sctp dccp mptcp udplite bluetooth".split(" ").map((
          n,
        ) => [n, "EPERM"]),
      ),
      "netlink": "EAFNOSUPPORT",
    });
  },
);

const tcp: Need = {
  missing: () => landlockAbi() >= 4 ? null : "this kernel's Landlock knows no TCP (6.7)",
};

testNeeding(
  [python, tcp],
  "profiles: without the filter Landlock still refuses TCP, where it is not allowed",
  async () => {
    await using agent = await startAgent({ flags: ["--without", "job-seccomp"] });
    await using client = await connect(agent.target);
    assert.match(await run(client, undefined, server), /PermissionError: \[Errno 13\]/);
    assert.equal(await run(client, "workspace", server), "hello hello\n");
  },
);

Deno.test("profiles: what is not offered is refused by name, and info tells what is", async () => {
  await using agent = await startAgent({ flags: ["--without", "landlock"] });
  await using client = await connect(agent.target);
  const { languages } = await client.info();
  const sh = languages.find(({ name }) => name === "sh");
  assert.deepEqual(sh?.profiles, ["strict", "workspace"]);
  await assert.rejects(
    client.run({ language: "sh", code: "", profile: "programs" }).result,
    /Cannot accept "profile": it must be one of "strict", "workspace"/,
  );
});
