// Each hardening layer by itself: an attack that it stops, and that succeeds in an agent started
// without the layer.
//
// A test that sees only refusals cannot show which layer refused, or whether any of them is needed.

import assert from "node:assert/strict";
import { startAgent, type TestAgent } from "../helpers/agent.ts";
import { fixture } from "../helpers/fixture.ts";
import { type Client, connect, runJob, text } from "../helpers/job.ts";
import { cc, root, testNeeding } from "../helpers/need.ts";

/** Whether the attack succeeds against this agent. */
type Attack = (agent: TestAgent, client: Client) => Promise<boolean>;

function forbidden(action: string, argument?: string): Attack {
  return async (_agent, client) => {
    const { language, code } = await fixture("forbidden/forbidden.c");
    const args = argument === undefined ? [action] : [action, argument];
    const job = await runJob(client, { language, code, args });
    assert.equal(job.result.status, "exited", JSON.stringify(job.result));
    return JSON.parse(text(job.stdout)).ok;
  };
}

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
  "job-seccomp": {
    "ptrace": forbidden("ptrace"),
    "keys": forbidden("keyctl"),
    "a netlink socket": forbidden("netlink"),
    "a vsock socket, by which the agent could be reached": forbidden("vsock"),
  },
  "landlock": {
    "renaming itself through /proc": forbidden("write", "/proc/self/comm"),
    "making itself the last to be killed for memory": forbidden(
      "write",
      "/proc/self/oom_score_adj",
    ),
  },
  "ids": { "the same user as PID 1": jobSharesUser },
  "agent-drop": { "an agent that is root": agentIsRoot },
  "agent-seccomp": { "an agent without a filter": agentIsUnfiltered },
};

for (const [layer, attacks] of Object.entries(layers)) {
  testNeeding([cc, root], `layers: ${layer} stops what succeeds without it`, async (t) => {
    await using whole = await startAgent();
    await using weak = await startAgent({ flags: ["--without", layer] });
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
  });
}
