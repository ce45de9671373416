// The guest's cgroup tree as the probe sees it, and additional agents in their own cgroups.

import assert from "node:assert/strict";
import { connect } from "../../../controller/client.ts";
import { atPort, probe } from "./probe.ts";
import { type Stage, withClient } from "./scenario.ts";

/** Every cgroup below `path` with the number of its processes, sorted. */
export function cgroupTree(stage: Stage, path = "/sallyport"): Promise<Record<string, number>> {
  return probe(
    stage,
    `
import os
top = "/sys/fs/cgroup${path}"
result = {}
for directory, _, _ in sorted(os.walk(top)):
    try: result[directory[len(top):] or "/"] = len(open(directory + "/cgroup.procs").readlines())
    except FileNotFoundError: pass  # a leaf that went while we looked
`,
  );
}

/**
 * Waits until the tree has a leaf for each sandbox that the agent keeps ready: a leaf is removed soon
 * after the end of a run, but not as part of it.
 *
 * @param other The agent in the cgroup `path`, where that is not the guest's own.
 */
export async function leavesSettle(stage: Stage, path?: string, other = stage): Promise<void> {
  const count = await withClient(other, async (client) => (await client.info()).prepared);
  const end = performance.now() + 10_000;
  for (;;) {
    const leaves = Object.keys(await cgroupTree(stage, path)).filter((name) =>
      name.startsWith("/sandbox-")
    );
    if (leaves.length === count) return;
    if (performance.now() > end) {
      throw new Error(`${leaves.length} leaves, not ${count}: ${leaves}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Python that starts PID 1's program again: `again(flags, group, user, **options)`. */
export const againProgram = `
import os, subprocess
def text(path): return open(path).read().split("\\0")[:-1]
def again(flags, group, user=0, **options):
    def enter():
        if group: open(group + "/cgroup.procs", "w").write("0")
        if user:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
    environment = dict(each.split("=", 1) for each in text("/proc/1/environ"))
    return subprocess.Popen(text("/proc/1/cmdline") + flags, executable=os.readlink("/proc/1/exe"),
        env=environment, preexec_fn=enter, stdin=subprocess.DEVNULL, **options)
`;

/** How to start another agent in the guest. */
export interface OtherAgent {
  /** Its cgroup, created for it, such as "/service". */
  cgroup: string;
  port: number;
  flags?: string;
  /** The user who starts the agent and to whom the cgroup is delegated. Default: root. */
  user?: number;
}

/** Starts another agent, as systemd would with Delegate=yes, runs `body` with it, and ends it. */
export async function withOtherAgent(
  stage: Stage,
  { cgroup, port, flags = "", user = 0 }: OtherAgent,
  body: (other: Stage) => Promise<void>,
): Promise<void> {
  await probe(
    stage,
    againProgram + `
top = "/sys/fs/cgroup${cgroup}"
os.makedirs(top, exist_ok=True)
for name in ("", "/cgroup.procs", "/cgroup.subtree_control"): os.chown(top + name, ${user}, ${user})
kept["agent"] = again(["--listen", "vsock:${port}"] + "${flags}".split(), top, ${user}, stderr=open("/run/agent.log", "w"))
`,
  );
  try {
    const other = atPort(stage, port);
    await untilReady(stage, other);
    await body(other);
  } finally {
    const left = await probe<boolean>(
      stage,
      `
import os, time
kept["agent"].kill()
kept["agent"].wait()
top = "/sys/fs/cgroup${cgroup}"
for _ in range(200):
    try:
        for d, _, _ in os.walk(top, topdown=False): os.rmdir(d)
        break
    except OSError: time.sleep(0.05)
result = os.path.exists(top)
`,
    );
    assert.equal(left, false, "a killed agent leaves no process in its cgroup");
  }
}

async function untilReady(stage: Stage, other: Stage): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      await using _client = await connect(other.target, { timeoutMs: 10_000 });
      return;
    } catch (cause) {
      if (tries === 100) {
        const said = await probe(stage, 'result = open("/run/agent.log").read()');
        throw new Error(`Cannot start another agent: ${said}`, { cause });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
