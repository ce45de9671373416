// The task as its user runs it, and that what is committed is what it writes.

import assert from "node:assert/strict";
import { testNeeding } from "../tests/helpers/need.ts";
import { decode, interpret } from "./compile/bpf.ts";
import { checkWithoutLibrary } from "./check_committed.ts";
import { compareWithDocker } from "./author/compare.ts";
import { allFiles, bootPrograms, differences, POLICY_FILE } from "./files.ts";
import { generate } from "./generate.ts";
import { policy } from "./generated/policy.ts";
import { profiles } from "./generated/profiles.ts";
import { NEVER_LEARNED } from "./author/learn.ts";
import { ACTION, ARCH_TOKEN } from "./libseccomp/constants.ts";
import { PolicyError } from "./read/problem.ts";
import { schemaFile } from "./read/schema_file.ts";
import { syscallNumber } from "./read/syscall_table.ts";
import { libseccomp, seccompForTest } from "./testing/test_seccomp.ts";
import { policyText } from "./testing/test_policy.ts";
import { readPolicy } from "./read/read_policy.ts";
import { checkPolicy } from "./read/check.ts";

const text = await Deno.readTextFile(POLICY_FILE);
const boots = await bootPrograms();

async function task(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("../scripts/policy.ts", import.meta.url).pathname, ...args],
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

testNeeding([libseccomp], "the committed files are what the policy says", async () => {
  const { files } = await generate(text, boots, await seccompForTest());
  assert.deepEqual([...await differences(allFiles(files, schemaFile()))], []);
});

testNeeding([libseccomp], "generating twice gives the same bytes", async () => {
  const first = await generate(text, boots, await seccompForTest());
  const second = await generate(text, boots, await seccompForTest());
  assert.deepEqual([...first.files], [...second.files]);
});

testNeeding(
  [libseccomp],
  "one changed line of the policy is a small, readable difference",
  async () => {
    const seccomp = await seccompForTest();
    const before = (await generate(text, boots, seccomp)).files;
    const changed = text.replace('"is": ["F_ADD_SEALS", "F_GET_SEALS"]', '"is": ["F_GET_SEALS"]');
    assert.notEqual(changed, text);
    const after = (await generate(changed, boots, seccomp)).files;
    const table = before.get("python.md")!.split("\n");
    const left = after.get("python.md")!.split("\n");
    const gone = table.filter((line) => !left.includes(line) && line.startsWith("|"));
    assert.equal(gone.length, 1);
    assert.match(gone[0], /^\| fcntl \| 1: F_ADD_SEALS \| allowed \| @memory-files \|/);
    assert.equal(before.get("perl.ts"), after.get("perl.ts"));
  },
);

Deno.test("without libseccomp the committed filters are verified, and a changed policy is noticed", async () => {
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

Deno.test("no committed filter lets a dangerous call through, whatever its arguments", () => {
  const names = [...NEVER_LEARNED].filter((name) => name !== "execve");
  assert.ok(names.length >= 40);
  const max = 0xffff_ffff_ffff_ffffn;
  for (const [profile, { filter }] of Object.entries(profiles)) {
    for (const arch of ["x86_64", "aarch64"] as const) {
      const program = decode(filter[arch]);
      for (const name of names) {
        const number = syscallNumber(name, arch);
        if (number === undefined) continue;
        for (const args of [Array(6).fill(0n), Array(6).fill(max)]) {
          const answer = interpret(program, { number, token: ARCH_TOKEN[arch], args });
          assert.notEqual(answer >>> 0, ACTION.ALLOW, `${name} under ${profile} on ${arch}`);
        }
      }
    }
  }
});

Deno.test("no profile without loopback can open a socket that is not a Unix socket", () => {
  for (const [profile, { filter, network }] of Object.entries(profiles)) {
    const families = network === "loopback" ? [1n, 2n, 10n] : [1n];
    for (const arch of ["x86_64", "aarch64"] as const) {
      const number = syscallNumber("socket", arch)!;
      for (let family = 0n; family < 64n; family++) {
        const args = [family, 1n, 0n, 0n, 0n, 0n];
        const answer = interpret(decode(filter[arch]), { number, token: ARCH_TOKEN[arch], args });
        if (answer >>> 0 === ACTION.ALLOW) assert.ok(families.includes(family), profile);
      }
    }
  }
});

Deno.test("loopback is TCP and UDP, over IPv4 and IPv6, and no other kind or protocol", () => {
  const { filter } = profiles.workspace;
  for (const arch of ["x86_64", "aarch64"] as const) {
    const number = syscallNumber("socket", arch)!;
    const program = decode(filter[arch]);
    // High words too: the kernel reads 32 bits, but nothing else than what is listed is allowed.
    const high = [0n, 1n << 32n, 2n << 32n, 10n << 32n];
    for (const family of [2n, 10n]) {
      for (let kind = 0n; kind < 16n; kind++) {
        for (const protocol of [...upTo(300), ...high, 6n + (1n << 32n)]) {
          for (const more of high) {
            const args = [family, kind + more, protocol, 0n, 0n, 0n];
            const answer = interpret(program, { number, token: ARCH_TOKEN[arch], args }) >>> 0;
            const fine = [1n, 2n].includes(kind + more) && [0n, 6n, 17n].includes(protocol);
            assert.equal(answer === ACTION.ALLOW, fine, args.join(" "));
          }
        }
      }
    }
  }
});

/** The values of one argument that a committed filter allows, all others being 0. */
function allowedValues(profile: string, name: string, index: number, values: Iterable<bigint>) {
  const found = new Set<bigint>();
  for (const arch of ["x86_64", "aarch64"] as const) {
    const program = decode(profiles[profile].filter[arch]);
    for (const value of values) {
      const args = Array(6).fill(0n).with(index, value);
      const call = { number: syscallNumber(name, arch)!, token: ARCH_TOKEN[arch], args };
      if (interpret(program, call) >>> 0 === ACTION.ALLOW) found.add(value);
    }
  }
  return [...found].toSorted((a, b) => Number(a - b));
}

const jobProfiles = Object.keys(profiles).filter((name) => name !== "agent");
/** Those that a request chooses by name. */
const wide = ["programs", "programs-jit", "workspace"];
const compiling = ["node", "java", "programs-jit", "workspace"];
const upTo = (end: number) => Array.from({ length: end }, (_, i) => BigInt(i));

Deno.test("prctl, fcntl and ioctl are allowed by argument, and for these alone", () => {
  const THP_DISABLE = 41n;
  // FICLONE, and what sets a terminal of the job's own.
  const shell = [0x5402n, 0x5403n, 0x5404n, 0x40049409n];
  const requests = [...upTo(0x10000), 0x40049409n, 0x40045431n, 0x80045430n, 0xc020660bn];
  for (const name of jobProfiles) {
    const prctl = allowedValues(name, "prctl", 0, [...upTo(200), 0x53564d41n, 0x59616d61n]);
    assert.deepEqual(
      prctl.filter((option) => option !== THP_DISABLE || !(name === "ruby" || wide.includes(name))),
      [1n, 3n, 15n, 16n, 23n, 39n, 0x53564d41n],
      name,
    );
    // No F_SETOWN, F_SETSIG, F_SETLEASE, F_NOTIFY.
    const fcntl = allowedValues(name, "fcntl", 1, upTo(2000));
    const seals = ["python", "exec", "workspace"].includes(name) ? [1033n, 1034n] : [];
    const locks = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 36n, 37n, 38n];
    assert.deepEqual(fcntl, [...locks, 1030n, 1031n, 1032n, ...seals], name);
    // No TIOCSTI, TIOCLINUX, TIOCSCTTY, no interface, no tun, no KVM.
    const ioctl = allowedValues(name, "ioctl", 1, requests);
    assert.deepEqual(
      ioctl.filter((request) => !["sh", ...wide].includes(name) || !shell.includes(request)),
      [0x5401n, 0x540fn, 0x5413n, 0x541bn, 0x5421n, 0x5450n, 0x5451n],
      name,
    );
  }
});

Deno.test("only what compiles has memory that is writable and executable; no clone makes a namespace", () => {
  const namespaces = [7n, 17n, 25n, 26n, 27n, 28n, 29n, 30n].map((bit) => 1n << bit);
  for (const name of jobProfiles) {
    for (const call of ["mmap", "mprotect"]) {
      const both = [6n, 7n];
      assert.deepEqual(
        allowedValues(name, call, 2, both),
        compiling.includes(name) ? both : [],
        name,
      );
      assert.deepEqual(allowedValues(name, call, 2, upTo(6)), upTo(6), name);
    }
    // CLONE_NEWTIME (bit 7) is part of the signal number for clone(2), and only clone3 and unshare
    // know it.
    assert.deepEqual(allowedValues(name, "clone", 0, namespaces), [1n << 7n], name);
    assert.deepEqual(allowedValues(name, "clone3", 0, [0n, 1n]), [], name);
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
  assert.match(socket.out, /refused, notified: EPERM with any other argument/);
  const uring = await task("explain", "node", "io_uring_setup");
  assert.match(uring.out, /refused: ENOSYS\n {4}@probes/);
  const exec = await task("explain", "python", "execve");
  assert.match(exec.out, /the launcher's own succeeds, later ones are refused, notified: EPERM/);
  const newer = await task("explain", "python", "mseal");
  assert.match(newer.out, /refused: ENOSYS\n {4}"newer_than_table" of the profile/);
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
