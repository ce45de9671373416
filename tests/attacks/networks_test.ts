// Network namespaces serve one sandbox after another: nothing of a job may be in one that the next
// job has.

import assert from "node:assert/strict";
import { Networks } from "../../agent/pool/networks.ts";
import { O_CLOEXEC, O_RDONLY } from "../../linux/constants.ts";
import { openFd } from "../../linux/fd.ts";
import { type AgentOptions, startAgent, type TestAgent } from "../helpers/agent.ts";
import { descendants } from "../helpers/census.ts";
import { type Client, connect, runJob, text } from "../helpers/job.ts";
import { file, root, testNeeding } from "../helpers/need.ts";
import { processesOf } from "../helpers/roles.ts";

const needs = [root, file("/usr/bin/python3"), file("/usr/bin/unshare")];

/** Speaks to itself over the loopback interface. */
const speak = `
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).sendall(b"x" * 100)
print("spoken")
`;

/** What the interface has carried: "lo", then bytes and packets. */
const look = `print([line for line in open("/proc/self/net/dev") if "lo:" in line][0].split()[1])`;

async function python(client: Client, code: string, profile?: string): Promise<string> {
  const run = runJob(client, { language: "python", code, profile });
  const { result, stdout, stderr } = await run;
  assert.equal(result.status, "exited", text(stderr));
  return text(stdout).trim();
}

/** What the jobs after one with loopback see of it, in more sandboxes than are made ahead. */
async function seen(options: AgentOptions): Promise<Set<string>> {
  await using agent = await startAgent(options);
  await using client = await connect(agent.target);
  assert.equal(await python(client, speak, "workspace"), "spoken");
  const all = new Set<string>();
  for (let job = 0; job < 12; job++) all.add(await python(client, look));
  return all;
}

testNeeding(
  needs,
  "networks: what a job said over loopback is not counted for the next",
  async () => {
    assert.deepEqual(await seen({}), new Set(["0"]));
  },
);

testNeeding(needs, "networks: it would be, if its namespace served again", async () => {
  assert.ok((await seen({ entry: "tests/attacks/unwatched_agent.ts" })).size > 1);
});

/**
 * Leaves a socket with a name behind: it is under way in a socket that is under way in itself. No
 * process has it any more, and the kernel clears such a ring away only when it looks for them, which
 * it does when another Unix socket is closed.
 */
const leave = `
import array, socket, sys
named = socket.socket(socket.AF_UNIX)
named.bind("\\0left")
one, other = socket.socketpair()
fds = array.array("i", [named.fileno(), other.fileno()])
one.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
`;
/** The same in a network namespace of its own, outside any sandbox: it waits while it is looked at. */
const leaveAndWait = `${leave}
for each in named, one, other: each.close()
print("l", end="", flush=True)
sys.stdin.readline()
for pair in (socket.socketpair() for _ in range(100)):
    for each in pair: each.close()
print("c", end="", flush=True)
sys.stdin.readline()
`;

testNeeding(needs, "networks: the kernel counts a socket that no process has", async () => {
  // Whichever process of this machine closes a Unix socket has the kernel collect those that nobody
  // has (unix(7), net/unix/garbage.c): that may come before the look.
  for (let tries = 1; !await isCounted(); tries++) assert.ok(tries < 20, "it is never counted");
});

/** Whether the kernel still counted the socket at the first look. If so, then not at a later one. */
async function isCounted(): Promise<boolean> {
  const child = new Deno.Command("unshare", {
    args: ["--net", "python3", "-c", leaveAndWait],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const writer = child.stdin.getWriter();
  const networks = new Networks(1, () => {});
  assert.equal((await lines.read()).value, "l");
  const network = networks.next()!;
  networks.onMade(network, openFd(`/proc/${child.pid}/net/sockstat`, O_RDONLY | O_CLOEXEC));
  const counted = !networks.isEmpty(network.place);
  await writer.write(new TextEncoder().encode("\n"));
  assert.equal((await lines.read()).value, "c");
  for (let tries = 100; !networks.isEmpty(network.place); tries--) {
    assert.ok(tries > 0, "the ring is still there");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  networks.giveBack(network, true);
  await writer.close();
  await lines.cancel();
  await child.status;
  return counted;
}

testNeeding(
  needs,
  "networks: a socket that a job leaves behind is not there for the next",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    await python(client, leave);
    const bind = `import socket; socket.socket(socket.AF_UNIX).bind("\\0left"); print("free")`;
    for (let job = 0; job < 12; job++) assert.equal(await python(client, bind), "free");
  },
);

/** The network namespace of a process; undefined if it has ended. */
function networkOf(pid: number): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined; // it ended while we looked
  }
}

/** The network namespaces of the agent's launchers and jobs. */
function networksOf(agent: TestAgent): Set<string> {
  const links = descendants(agent.pid).map(networkOf);
  return new Set(links.filter((link) => link !== undefined));
}

/** All that serve `count` jobs, one after another, the prepared sandboxes' among them. */
async function networksUsed(
  agent: TestAgent,
  client: Client,
  profile?: string,
): Promise<Set<string>> {
  const used = new Set<string>();
  for (let job = 0; job < 12; job++) {
    const code = "echo out";
    const run = runJob(client, { language: "bash", profile, code });
    assert.equal(text((await run).stdout), "out\n");
    for (const network of networksOf(agent)) used.add(network);
  }
  return used;
}

testNeeding(needs, "networks: one is used again, but not after a job with loopback", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const machine = Deno.readLinkSync("/proc/self/ns/net");
  const strict = await networksUsed(agent, client);
  assert.ok(!strict.has(machine), "no launcher is in the machine's own");
  assert.ok(strict.size < 12, `${strict.size} for twelve jobs`);
  const wide = await networksUsed(agent, client, "workspace");
  // Not twelve: the kernel gives the number of one that is gone to another.
  assert.ok(wide.size > strict.size, `${wide.size} with loopback, ${strict.size} without`);
});

testNeeding(needs, "networks: two sandboxes that live are never in the same one", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  for (let job = 0; job < 6; job++) {
    await python(client, "print(1)");
    const keepers = processesOf(agent.pid, "keeper");
    const networks = keepers.map((pid) => networkOf(pid) ?? `ended ${pid}`);
    assert.equal(new Set(networks).size, networks.length, networks.join(" "));
  }
});
