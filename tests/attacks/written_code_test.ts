// Every way to execute what a job wrote, under each profile: which of them work, and that what runs
// so gets nothing that the job did not have.
//
// `programs` promises that execve(2) starts the guest's own programs alone. It promises nothing of
// code that a program of the guest maps or interprets: the filter, which every process of the job
// has, is the boundary there.

import assert from "node:assert/strict";
import { landlockAbi } from "../../linux/landlock.ts";
import { type Arch, syscallNumber } from "../../linux/syscall_numbers.ts";
import { projectRoot, startAgent } from "../helpers/agent.ts";
import { compile, fixture } from "../helpers/fixture.ts";
import { type Client, connect, type Job, runJob, text } from "../helpers/job.ts";
import { cc, file, type Need, testNeeding } from "../helpers/need.ts";
import { source } from "./forbidden_attempt.ts";

const python = file("/usr/bin/python3");
const perl = file("/usr/bin/perl");
const landlock: Need = {
  missing: () => landlockAbi() > 0 ? null : "this kernel has no Landlock",
};

/** The program that loads all others: what PT_INTERP of the guest's programs names. */
const loader = Deno.build.arch === "x86_64"
  ? "/lib64/ld-linux-x86-64.so.2"
  : "/lib/ld-linux-aarch64.so.1";

const wide = ["programs", "workspace"];

async function putCode(client: Client): Promise<void> {
  await client.put("prog", (await fixture(source)).code, { mode: 0o755 });
  const library = await compile(`${projectRoot}tests/fixtures/written/library.c`, [
    "-shared",
    "-fPIC",
  ]);
  await client.put("lib.so", await Deno.readFile(library), { mode: 0o755 });
}

async function ways(client: Client, profile: string): Promise<Record<string, string>> {
  await putCode(client);
  const { language, code } = await fixture("written/ways.py");
  const job = await runJob(client, { language, profile, code, args: [loader] });
  assert.equal(job.result.exit_code, 0, text(job.stderr));
  return Object.fromEntries(text(job.stdout).trim().split("\n").map((line) => line.split(": ")));
}

/** What came of each way: under strict, programs and workspace. */
const expected: Record<string, readonly [string, string, string]> = {
  "itself": ["EPERM", "EACCES", "ran"],
  "a script for a shell": ["EPERM", "EACCES", "ran"],
  "a script for itself": ["EPERM", "EACCES", "ran"],
  "a hard link": ["EPERM", "EACCES", "ran"],
  "a rename": ["EPERM", "EACCES", "ran"],
  "a rename into /tmp": ["EXDEV", "EXDEV", "EXDEV"],
  "a copy in /dev/shm": ["EPERM", "EACCES", "ran"],
  "an unnamed file": ["EPERM", "EACCES", "ran"],
  "its descriptor": ["EPERM", "EPERM", "EPERM"],
  "a memory file": ["made", "ENOSYS", "made"],
  "a link of the guest's": ["EXDEV", "EXDEV", "EXDEV"],
  // From here on by design: a program of the guest starts, and maps what was written.
  "the program that runs": ["EPERM", "ran", "ran"],
  "the loader": ["EPERM", "ran", "ran"],
  "a library of another": ["EPERM", "ran EPERM", "ran EPERM"],
  "mapped to execute": ["mapped", "mapped", "mapped"],
  "its own code, through /proc": ["EACCES", "EACCES", "EACCES"],
  "a library": ["ran EPERM", "ran EPERM", "ran EPERM"],
};

testNeeding(
  [cc, python, landlock],
  "written code: what executes it, under each profile",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    for (const [index, profile] of ["strict", ...wide].entries()) {
      const wanted = Object.entries(expected).map(([way, came]) => [way, came[index]]);
      assert.deepEqual(await ways(client, profile), Object.fromEntries(wanted), profile);
    }
  },
);

/** The program that was put, run by the loader, which is the guest's. */
async function byLoader(client: Client, profile: string, action: string): Promise<Job> {
  await putCode(client);
  const code = `${loader} ./prog ${action}`;
  const job = await runJob(client, { language: "sh", profile, code });
  assert.equal(job.result.exit_code, 0, text(job.stderr));
  return job;
}

const refused: Record<string, string> = {
  ptrace: "ptrace",
  keyctl: "keyctl",
  ptrace_child: "ptrace",
  take_descriptor: "pidfd_getfd",
  vsock: "socket",
};

testNeeding([cc, landlock], "written code: what a loader runs has the job's filter", async (t) => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await using open = await startAgent({ flags: ["--without", "job-seccomp"] });
  await using openClient = await connect(open.target);
  for (const profile of wide) {
    for (const [action, syscall] of Object.entries(refused)) {
      await t.step(`${action} under ${profile}`, async () => {
        const { result, stdout } = await byLoader(client, profile, action);
        assert.equal(JSON.parse(text(stdout)).ok, false, "it succeeded");
        assert.deepEqual(result.denied.filter((each) => each.syscall === syscall).length, 1);
        const without = await byLoader(openClient, profile, action);
        assert.equal(JSON.parse(text(without.stdout)).ok, true, "it fails without the filter");
      });
    }
  }
});

testNeeding(
  [cc, landlock],
  "written code: without Landlock nothing keeps it from being executed",
  async () => {
    // So `programs` is then not offered, and `workspace` shows what it would be.
    await using agent = await startAgent({ flags: ["--without", "landlock"] });
    await using client = await connect(agent.target);
    await putCode(client);
    await assert.rejects(
      client.run({ language: "sh", code: "./prog ptrace", profile: "programs" }).result,
      /Cannot accept "profile": it must be one of "strict", "workspace"/,
    );
    const job = await runJob(client, {
      language: "sh",
      code: "./prog ptrace",
      profile: "workspace",
    });
    assert.equal(JSON.parse(text(job.stdout)).action, "ptrace");
  },
);

testNeeding([perl], "written code: syscalls by number are the same syscalls", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const arch = Deno.build.arch as Arch;
  const calls = ["ptrace", "keyctl", "mount", "unshare", "bpf", "memfd_create"] as const;
  const code = calls.map((name) =>
    `$! = 0; my $r_${name} = syscall(${syscallNumber(arch, name)}, 0, 0, 0, 0, 0); ` +
    `print "${name} ", $r_${name} < 0 ? "$!{EPERM} $!{ENOSYS}" : "done", "\\n";`
  ).join("\n");
  for (const profile of ["strict", "programs"]) {
    const job = await runJob(client, { language: "perl", profile, code: `use Errno;\n${code}` });
    const lines = text(job.stdout).trim().split("\n");
    assert.equal(lines.length, calls.length, text(job.stderr));
    assert.ok(lines.every((line) => !line.endsWith("done")), lines.join("; "));
    const named = new Set(job.result.denied.map(({ syscall }) => syscall));
    for (const name of ["ptrace", "keyctl", "mount", "unshare", "bpf"]) assert.ok(named.has(name));
  }
});
