// Each hardening layer by itself: an attack that it stops, and that succeeds in an agent started
// without the layer.
//
// A test that sees only refusals cannot show which layer refused, or whether any of them is needed.

import assert from "node:assert/strict";
import { startAgent, type TestAgent } from "../helpers/agent.ts";
import { type Client, connect, runJob, text } from "../helpers/job.ts";
import { cc, root, testNeeding } from "../helpers/need.ts";
import { attempt } from "./forbidden_attempt.ts";

/** Whether the attack succeeds against this agent. */
type Attack = (agent: TestAgent, client: Client) => Promise<boolean>;

function forbidden(action: string, argument?: string, language?: string): Attack {
  return async (_agent, client) => (await attempt(client, { action, argument }, language)).ok;
}

/**
 * What the filter alone refuses, also where a profile allows programs, sockets and threads. User
 * namespaces and io_uring are not here: the kernel may refuse them to a job as well.
 */
function filtered(language?: string): Record<string, Attack> {
  const act = (action: string) => forbidden(action, undefined, language);
  return {
    "ptrace": act("ptrace"),
    "ptrace of a process of its own": act("ptrace_child"),
    "reading the memory of a process of its own": act("read_child"),
    "taking a descriptor of a process of its own": act("take_descriptor"),
    "keys": act("keyctl"),
    "faults of its own": act("user_faults"),
    "a netlink socket": act("netlink"),
    "a vsock socket, by which the agent could be reached": act("vsock"),
  };
}

const patchCode = "writing into its own code";
const landlocked = (language?: string): Record<string, Attack> => ({
  "renaming itself through /proc": forbidden("write", "/proc/self/comm", language),
  "making itself the last to be killed for memory": forbidden(
    "write",
    "/proc/self/oom_score_adj",
    language,
  ),
  [patchCode]: forbidden("patch_code", undefined, language),
});

function field(pid: number, name: string): string {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return new RegExp(`^${name}:\\t(.*)$`, "m").exec(status)![1].split("\t")[0];
}

/** What the agent itself could do if it were taken over. */
const agentIsRoot: Attack = (agent) => Promise.resolve(field(agent.pid, "Uid") === "0");
const agentIsUnfiltered: Attack = (agent) => Promise.resolve(field(agent.pid, "Seccomp") === "0");

/** A job that shares its user with the sandbox's own processes may signal them. */
const jobSharesUser: Attack = async (_agent, client) => {
  const job = await runJob(client, {
    language: "sh",
    code: "cat /proc/1/status /proc/self/status",
  });
  const users = [...text(job.stdout).matchAll(/^Uid:\t(\d+)/gm)].map(([, uid]) => uid);
  return users.length === 2 && users[0] === users[1];
};

const layers: Record<string, Record<string, Attack>> = {
  "job-seccomp": filtered(),
  "landlock": landlocked(),
  "ids": { "the same user as PID 1": jobSharesUser },
  "agent-drop": { "an agent that is root": agentIsRoot },
  "agent-seccomp": { "an agent without a filter": agentIsUnfiltered },
};

async function holdAgainst(
  t: Deno.TestContext,
  layer: string,
  attacks: Record<string, Attack>,
  entry?: string,
): Promise<void> {
  await using whole = await startAgent({ entry });
  await using weak = await startAgent({ entry, flags: ["--without", layer] });
  await using wholeClient = await connect(whole.target);
  await using weakClient = await connect(weak.target);
  const { hardening } = await weakClient.info();
  assert.equal(hardening.find((each) => each.layer === layer)?.on, false, "info says so");
  for (const [name, attack] of Object.entries(attacks)) {
    await t.step(name, async () => {
      assert.equal(await attack(whole, wholeClient), false, "it succeeds with the layer");
      assert.equal(await attack(weak, weakClient), true, "it fails without the layer");
    });
  }
}

for (const [layer, attacks] of Object.entries(layers)) {
  testNeeding([cc, root], `layers: ${layer} stops what succeeds without it`, (t) => {
    return holdAgainst(t, layer, attacks);
  });
}

for (const profile of ["programs", "programs-jit", "workspace"]) {
  for (
    const [layer, attacks] of Object.entries({ "job-seccomp": filtered, "landlock": landlocked })
  ) {
    testNeeding([cc, root], `layers: ${layer} stops the same under ${profile}`, (t) => {
      return holdAgainst(t, layer, attacks(`as-${profile}`), "tests/helpers/profile_agent.ts");
    });
  }
}
