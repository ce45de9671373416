// The task as its user runs it, and that what is committed is what it writes.

import assert from "node:assert/strict";
import { testNeeding } from "../tests/helpers/need.ts";
import { checkWithoutLibrary } from "./check_committed.ts";
import { compareWithDocker } from "./compare.ts";
import { allFiles, differences, POLICY_FILE } from "./files.ts";
import { generate } from "./generate.ts";
import { policy } from "./generated/policy.ts";
import { PolicyError } from "./problem.ts";
import { schemaFile } from "./schema_file.ts";
import { libseccomp, seccompForTest } from "./test_seccomp.ts";
import { policyText } from "./test_policy.ts";
import { readPolicy } from "./read_policy.ts";
import { checkPolicy } from "./check.ts";

const text = await Deno.readTextFile(POLICY_FILE);

async function task(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("main.ts", import.meta.url).pathname, ...args],
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

testNeeding([libseccomp], "the committed files are what the policy says", async () => {
  const { files } = await generate(text, await seccompForTest());
  assert.deepEqual([...await differences(allFiles(files, schemaFile()))], []);
});

testNeeding([libseccomp], "generating twice gives the same bytes", async () => {
  const first = await generate(text, await seccompForTest());
  const second = await generate(text, await seccompForTest());
  assert.deepEqual([...first.files], [...second.files]);
});

testNeeding(
  [libseccomp],
  "one changed line of the policy is a small, readable difference",
  async () => {
    const seccomp = await seccompForTest();
    const before = (await generate(text, seccomp)).files;
    const changed = text.replace('"is": ["F_ADD_SEALS", "F_GET_SEALS"]', '"is": ["F_GET_SEALS"]');
    assert.notEqual(changed, text);
    const after = (await generate(changed, seccomp)).files;
    const table = before.get("python.md")!.split("\n");
    const left = after.get("python.md")!.split("\n");
    const gone = table.filter((line) => !left.includes(line) && line.startsWith("|"));
    assert.equal(gone.length, 1);
    assert.match(gone[0], /^\| fcntl \| 1: F_ADD_SEALS \| allowed \| @memory-files \|/);
    assert.equal(before.get("perl.ts"), after.get("perl.ts"));
  },
);

Deno.test("without libseccomp the committed filters are proved, and a changed policy is noticed", async () => {
  assert.ok(await checkWithoutLibrary(text) > 100_000);
  await assert.rejects(checkWithoutLibrary(`${text}\n`), /the policy has changed/);
});

Deno.test("the compiled policy carries what the file says", () => {
  const { policy: file } = readPolicy(text);
  assert.deepEqual(policy.limits, file.limits);
  assert.deepEqual(Object.keys(policy.languages), Object.keys(file.languages));
  assert.equal(policy.languages.exec.mode, 0o700);
  assert.equal(policy.languages.python.mode, 0o600);
  assert.equal(policy.languages.sh.env.PATH, "/usr/bin:/bin");
});

Deno.test("every profile is far smaller than Docker's default and adds nothing dangerous to it", () => {
  for (const set of checkPolicy(readPolicy(text))) {
    const report = compareWithDocker(set);
    const [, here, there] = report.match(/allows (\d+) .* default (\d+)/) ?? [];
    assert.ok(Number(here) < 0.65 * Number(there), report);
    assert.match(report, /Only here \(0\): none/);
  }
});

Deno.test("no profile of a language allows what escapes or spies", () => {
  const never = new Set(
    ("ptrace process_vm_readv process_vm_writev bpf perf_event_open mount umount2 pivot_root unshare setns " +
      "init_module kexec_load keyctl add_key request_key personality io_uring_setup userfaultfd seccomp " +
      "open_by_handle_at name_to_handle_at execveat pidfd_getfd process_madvise shmat clone3 acct swapon")
      .split(
        " ",
      ),
  );
  for (const set of checkPolicy(readPolicy(text))) {
    const bad = set.rules.filter((r) => r.action.kind === "allow" && never.has(r.syscall));
    assert.deepEqual(bad.map((r) => r.syscall), [], set.name);
  }
});

Deno.test("a policy for one architecture is read too", () => {
  const one = policyText().replace('["x86_64", "aarch64"]', '["aarch64"]');
  assert.deepEqual(readPolicy(one).policy.architectures, ["aarch64"]);
  assert.throws(() => readPolicy(one.replace('["aarch64"]', "[]")), PolicyError);
});

Deno.test("explain says allowed or not, from which line, and why", async () => {
  const socket = await task("explain", "python", "socket");
  assert.equal(socket.code, 0, socket.err);
  assert.match(
    socket.out,
    /allowed when argument 0: AF_UNIX\n {4}@local-sockets, policy.jsonc:\d+: /,
  );
  assert.match(socket.out, /told and refused: EPERM with any other argument/);
  const uring = await task("explain", "node", "io_uring_setup");
  assert.match(uring.out, /refused: ENOSYS\n {4}@probes/);
  const exec = await task("explain", "python", "execve");
  assert.match(exec.out, /the launcher's own succeeds, later ones are told and refused: EPERM/);
  const newer = await task("explain", "python", "mseal");
  assert.match(newer.out, /refused: ENOSYS\n {4}"unknown" of the profile/);
});

Deno.test("wrong usage says what is right, and exits with 2", async () => {
  const wrong = await task("explian", "python", "socket");
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /Cannot understand "explian python socket"\n\nUsage: deno task policy/);
  const option = await task("--chekc");
  assert.equal(option.code, 2);
  const profile = await task("explain", "pyton", "socket");
  assert.equal(profile.code, 1);
  assert.match(profile.err, /^Cannot find the profile "pyton": use one of python, node/);
  const call = await task("explain", "python", "sokcet");
  assert.match(call.err, /did you mean "socket"\?/);
});
