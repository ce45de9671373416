// Every dangerous call of fixtures/dangerous, made by a job under each profile's filter, is refused
// and named.
//
// In an agent without filters, the kernel gives the same program other answers. So the refusals
// come from the filters, not from wrong arguments, missing capabilities or Landlock. The table
// shows both.

import assert from "node:assert/strict";
import { errnoName } from "../../linux/errno.ts";
import { syscallName } from "../../linux/syscall_numbers.ts";
import { startAgent } from "../helpers/agent.ts";
import { assertSettles, censusAtRest } from "../helpers/census.ts";
import { fixture } from "../helpers/fixture.ts";
import { type Client, connect, type Job, runJob, runNext, text } from "../helpers/job.ts";
import { cc, testNeeding } from "../helpers/need.ts";
import { jobProfiles } from "../helpers/profile_languages.ts";

const EPERM = 1;
const SIGSYS = 31;

/** The result of one call. */
interface Answer {
  readonly title: string;
  readonly number: number;
  readonly errno?: number;
  readonly signal?: number;
}

/** Calls with a fixed answer: programs ask and do without, so the agent is not notified. */
const silent: Readonly<Record<string, string>> = {
  ENOSYS: "clone3 userfaultfd io_uring_setup io_uring_enter io_uring_register " +
    "statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules open_tree_attr " +
    "mbind set_mempolicy get_mempolicy set_mempolicy_home_node pkey_mprotect pkey_alloc pkey_free " +
    "membarrier mincore landlock_create_ruleset landlock_add_rule landlock_restrict_self",
  EPERM: "sched_setscheduler sched_setparam sched_setattr ioprio_set mlock mlock2 mlockall " +
    "munlock munlockall",
};
const unsaid = new Map(
  Object.entries(silent).flatMap(([errno, names]) =>
    names.split(" ").map((name): [string, string] => [name, errno])
  ),
);

/** seteuid(3) reaches the kernel, which knows no other id in the job's namespace and refuses it. */
const effective = {
  "setresuid: effective, root": "allowed",
  "setresgid: effective, root": "allowed",
} as const;

/** The same, where an exception of one profile makes it so. */
const unsaidThere: Readonly<Record<string, string>> = { splice: "EINVAL", socket: "EAFNOSUPPORT" };

/** Exceptions of single profiles. The policy gives a reason for each. */
const otherwise: Record<string, Record<string, "allowed" | "unsaid">> = {
  // V8 and HotSpot write machine code.
  node: {
    "mmap: writable and executable": "allowed",
    "mprotect: writable and executable": "allowed",
    "mprotect: the same, high bits": "allowed",
  },
  java: {
    "mmap: writable and executable": "allowed",
    "mprotect: writable and executable": "allowed",
    "mprotect: the same, high bits": "allowed",
  },
  // A shell starts programs; so do those that ask for a wider profile. One of them is grep, which
  // does without splice.
  sh: { ...effective, "execve": "allowed", "splice": "unsaid" },
  programs: { ...effective, "execve": "allowed", "splice": "unsaid" },
  "programs-jit": {
    ...effective,
    "execve": "allowed",
    "splice": "unsaid",
    "mmap: writable and executable": "allowed",
    "mprotect: writable and executable": "allowed",
    "mprotect: the same, high bits": "allowed",
  },
  workspace: {
    ...effective,
    "execve": "allowed",
    "splice": "unsaid",
    "mmap: writable and executable": "allowed",
    "mprotect: writable and executable": "allowed",
    "mprotect: the same, high bits": "allowed",
    "socket: IPv4": "allowed",
    "socket: IPv6": "allowed",
    "socket: netlink": "unsaid",
  },
};

function expected(profile: string, { title, number }: Answer): "told" | "unsaid" | "allowed" {
  const exception = otherwise[profile]?.[title];
  if (exception !== undefined) return exception;
  return unsaid.has(syscallName(Deno.build.arch, number)) ? "unsaid" : "told";
}

const isForeign = ({ title }: Answer) => title.startsWith("x32") || title.startsWith("i386");

async function tryAll(client: Client, language: string): Promise<{ answers: Answer[]; job: Job }> {
  const { code } = await fixture("dangerous/dangerous.c");
  const job = await runJob(client, { language, code });
  assert.equal(job.result.exit_code, 0, JSON.stringify(job.result) + text(job.stderr));
  const answers = text(job.stdout).trim().split("\n").map((line) => JSON.parse(line) as Answer);
  return { answers, job };
}

function counts(names: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of names.toSorted()) found[name] = (found[name] ?? 0) + 1;
  return found;
}

const show = ({ errno, signal }: Answer) =>
  signal !== undefined ? `signal ${signal}` : errno === 0 ? "success" : errnoName(errno!);

testNeeding([cc], "dangerous calls: each profile refuses and names them", async (t) => {
  const entry = "tests/helpers/profile_agent.ts";
  await using agent = await startAgent({ entry });
  await using open = await startAgent({ entry, flags: ["--without", "job-seccomp"] });
  await using client = await connect(agent.target);
  await using openClient = await connect(open.target);
  const { answers: bare, job } = await tryAll(openClient, "as-exec");
  assert.deepEqual(job.result.denied, [], "nothing is told without a filter");
  const rows = bare.map((answer) => [answer.title, show(answer)]);
  await runNext(client, "exec");
  await client.reset();
  await new Promise((resolve) => setTimeout(resolve, 500)); // until dropped sandboxes are gone
  const before = await censusAtRest(agent.pid);
  for (const profile of jobProfiles) {
    await t.step(profile, async () => {
      const { answers, job } = await tryAll(client, `as-${profile}`);
      const told: string[] = [];
      let reached = 0;
      for (const [index, answer] of answers.entries()) {
        const said = `${answer.title}: ${show(answer)}`;
        rows[index].push(show(answer));
        assert.equal(answer.title, bare[index].title);
        const how = expected(profile, answer);
        if (isForeign(answer)) assert.equal(answer.signal, SIGSYS, said);
        else if (how === "allowed") assert.equal(show(answer), show(bare[index]), said);
        else if (how === "told") assert.equal(answer.errno, EPERM, said);
        else {
          const name = syscallName(Deno.build.arch, answer.number);
          assert.equal(errnoName(answer.errno!), unsaid.get(name) ?? unsaidThere[name], said);
        }
        if (how === "told" && !isForeign(answer)) {
          told.push(syscallName(Deno.build.arch, answer.number));
        }
        if (show(answer) !== show(bare[index])) reached++;
      }
      const denied = job.result.denied.flatMap(({ syscall, count }) => Array(count).fill(syscall));
      assert.deepEqual(counts(denied), counts(told), "the result names exactly what was refused");
      assert.ok(reached >= 60, `only ${reached} calls prove anything here`);
      assert.deepEqual(job.left, []);
      await runNext(client, "exec");
    });
  }
  await client.reset();
  await assertSettles(agent.pid, before);
  assert.equal(agent.stderr(), "");
  for (const [title, ...cells] of [["call", "no filter", ...jobProfiles], ...rows]) {
    console.log(title.padEnd(38) + cells.map((cell) => cell.padEnd(11)).join("").trimEnd());
  }
});
