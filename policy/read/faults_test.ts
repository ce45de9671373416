// A corpus of wrong policies: each fault by its name, with the message that its author reads.
//
// The whole message counts, place included: a way out that is wrong is worse than none.

import assert from "node:assert/strict";
import { checkPolicy } from "./check.ts";
import { PolicyError } from "./problem.ts";
import { readPolicy } from "./read_policy.ts";
import { policyText, profiles } from "../testing/test_policy.ts";

const right = policyText();

/** `policyText` with one rule in "allow" of the profile "sh". */
function rule(text: string): string {
  return policyText({ profiles: profiles(`"groups": ["@io"], "allow": [${text}]`) });
}

function replaced(from: string, to: string): string {
  assert.ok(right.includes(from), `the policy has no ${from}`);
  return right.replace(from, to);
}

const why = `"why": "for every test"`;

/** `policyText` with entries of "etc". */
function etc(text: string): string {
  return replaced(`["/usr"] }`, `["/usr"], "etc": [${text}] }`);
}

/** Fault -> the wrong policy and the expected messages, without "policy.jsonc:". */
const corpus: Record<string, [text: string, ...messages: string[]]> = {
  "not JSON": [
    "{ x }",
    "1:3: Cannot read this: not a JSON value",
  ],
  "trailing comma": [
    replaced(`"environment": {}`, `"environment": {"A": "b",}`),
    "12:28: Cannot find a property name: put it in double quotes, and no comma before a closing brace",
    "12:28: Cannot find a value here: no comma may stand before a closing bracket or brace",
  ],
  "duplicate key": [
    replaced(`"environment": {}`, `"environment": {}, "environment": {}`),
    '12:22: Cannot use the key "environment" twice: remove one of the two',
  ],
  "unknown key": [
    replaced(`"environment": {}`, `"environment": {}, "enviroment": {}`),
    '12:22: Cannot use the unknown key "enviroment": remove it or correct its spelling',
  ],
  "words of an older policy": [
    replaced(
      `"default": { "notify": "EPERM" }, "newer_than_table": { "errno": "ENOSYS" }, "exec": "once"`,
      `"otherwise": { "tell": "EPERM" }, "unknown": "otherwise", "exec": "once"`,
    ),
    '20:7: Cannot use "otherwise": it is called "default" now',
    '20:22: Cannot use "tell": it is called "notify" now',
    '20:41: Cannot use "unknown": it is called "newer_than_table" now',
    '20:41: Cannot use the value "otherwise": it is called "default" now',
  ],
  "the memory limit's old key": [
    replaced(`"file": "main.sh", "argv"`, `"file": "main.sh", "memory_rlimit": "as", "argv"`),
    '25:32: Cannot use "memory_rlimit": remove it; memory that is used counts for every language now',
  ],
  "missing key": [
    replaced(`"grace_ms": 1,`, ""),
    '3:3: Cannot do without the key "grace_ms": add it',
  ],
  "wrong type": [
    replaced(`"grace_ms": 1,`, `"grace_ms": "1",`),
    '4:47: Cannot use "1" for "grace_ms": expected number',
  ],
  "zero limit": [
    replaced(`"grace_ms": 1,`, `"grace_ms": 0,`),
    '4:47: Cannot use 0 for "grace_ms": expected >=1',
  ],
  "default above maximum": [
    replaced(`"timeout_ms": { "default": 1,`, `"timeout_ms": { "default": 3,`),
    "4:21: Cannot use a default above the maximum: lower it",
  ],
  "reason too short": [
    rule(`{ "syscall": "close", "why": "x" }`),
    "19:58: Cannot accept this reason: say in a few words who needs it and for what",
  ],
  "relative path": [
    replaced(`["/usr"]`, `["usr"]`),
    "11:58: Cannot use this path: it must be absolute",
  ],
  "path with a slash at its end": [
    replaced(`["/usr"]`, `["/usr", "/opt/"]`),
    '11:66: Cannot show "/opt/": give the whole path of a directory, without ".", ".." and a slash at its end',
  ],
  "path of the sandbox's own": [
    replaced(`["/usr"]`, `["/usr", "/tmp/tools"]`),
    '11:66: Cannot show "/tmp/tools": the sandbox has a "/tmp" of its own',
  ],
  "path below another": [
    replaced(`["/usr"]`, `["/usr", "/usr/lib"]`),
    '11:66: Cannot show "/usr/lib": "/usr" is in the list and shows it; remove one',
  ],
  "all of /etc": [
    replaced(`["/usr"]`, `["/usr", "/etc"]`),
    '11:66: Cannot show "/etc": name what jobs need of /etc in "etc", each with its why',
  ],
  "path outside of /etc": [
    etc(`{ "paths": ["/usr/x"], ${why} }`),
    '11:87: Cannot use this path: write the whole path of something below /etc, such as "/etc/ssl/certs"',
  ],
  "entry of /etc without a why": [
    etc(`{ "paths": ["/etc/x"] }`),
    '11:75: Cannot do without the key "why": add it',
  ],
  "entry of /etc without a path": [
    etc(`{ "paths": [], ${why} }`),
    "11:77: Cannot do without paths: name what of /etc this is about, or remove the entry",
  ],
  "path of /etc with a slash at its end": [
    etc(`{ "paths": ["/etc/ssl/"], ${why} }`),
    '11:87: Cannot show "/etc/ssl/": give the whole path, without ".", ".." and a slash at its end',
  ],
  "path that leads out of /etc": [
    etc(`{ "paths": ["/etc/../root"], ${why} }`),
    '11:87: Cannot show "/etc/../root": give the whole path, without ".", ".." and a slash at its end',
  ],
  "pattern that shows what nobody has named": [
    etc(`{ "paths": ["/etc/p*"], ${why} }`),
    '11:87: Cannot show "/etc/p*": "p*" says too little; begin it with 3 letters, or name each file',
  ],
  "file of /etc that is the sandbox's own": [
    etc(`{ "paths": ["/etc/host*"], ${why} }`),
    '11:87: Cannot show "/etc/host*": the sandbox has a "/etc/hosts" of its own; remove it',
  ],
  "path of /etc below another": [
    etc(`{ "paths": ["/etc/ssl"], ${why} }, { "paths": ["/etc/ssl/certs"], ${why} }`),
    '11:139: Cannot show "/etc/ssl/certs": "/etc/ssl" is in the list and shows it; remove one',
  ],
  "path of /etc that a pattern shows": [
    etc(`{ "paths": ["/etc/python3*", "/etc/python3.11"], ${why} }`),
    '11:104: Cannot show "/etc/python3.11": "/etc/python3*" is in the list and shows it; remove one',
  ],
  "program that is not shown": [
    replaced(`["/usr"]`, `["/opt/tools"]`),
    '25:32: Cannot execute "/usr/bin/sh": a job does not see it; add its directory to "read_only_paths"',
  ],
  "file outside of the sandbox": [
    replaced(`"file": "main.sh"`, `"file": "../main.sh"`),
    "25:13: Cannot use this file name: no slash, no leading dot",
  ],
  "unknown syscall": [
    rule(`{ "syscall": "opennat", ${why} }`),
    '19:38: Cannot find the syscall "opennat": did you mean "openat"?',
  ],
  "syscall of no architecture": [
    rule(`{ "syscall": "make_coffee", ${why} }`),
    '19:38: Cannot find the syscall "make_coffee": neither architecture has a call of that name',
  ],
  "unknown constant": [
    rule(`{ "syscall": "ioctl", ${why}, "args": [{ "index": 1, "is": "TCGETZ" }] }`),
    '19:106: Cannot find the constant "TCGETZ": use its number, such as "0x5413"',
  ],
  "number beyond 64 bits": [
    rule(`{ "syscall": "ioctl", ${why}, "args": [{ "index": 1, "is": "0x10000000000000000" }] }`),
    '19:106: Cannot use "0x10000000000000000": an argument has 64 bits',
  ],
  "ordered comparison": [
    rule(`{ "syscall": "ioctl", ${why}, "args": [{ "index": 1, "op": "gt", "is": 1 }] }`),
    '19:106: Cannot use the unknown key "op": remove it or correct its spelling',
  ],
  "one argument twice": [
    rule(
      `{ "syscall": "ioctl", ${why}, "args": [{ "index": 1, "is": 1 }, { "index": 1, "is": 2 }] }`,
    ),
    "19:119: Cannot compare argument 1 twice in one rule: use a mask",
  ],
  "value outside of its mask": [
    rule(`{ "syscall": "mmap", ${why}, "args": [{ "index": 2, "mask": 1, "is": 2 }] }`),
    '19:116: Cannot match "2" under the mask "1": it has bits outside of the mask',
  ],
  "unknown errno": [
    replaced(`"notify": "EPERM"`, `"notify": "EPREM"`),
    '20:20: Cannot find the errno "EPREM": use one of EPERM, ENOENT, EACCES, EINVAL, ENOSYS, EOPNOTSUPP, EAFNOSUPPORT',
  ],
  "unknown group": [
    replaced(`"groups": ["@io"]`, `"groups": ["@io", "@oi"]`),
    '19:25: Cannot find the group "@oi": define it under "groups"',
  ],
  "group in itself": [
    policyText({
      groups: `    "@io": { ${why}, "groups": ["@b"] }, "@b": { ${why}, "groups": ["@io"] }`,
    }),
    '14:103: Cannot include the group "@io" in itself (@io -> @b -> @io): remove it',
  ],
  "unused group": [
    policyText({
      groups:
        `    "@io": { ${why}, "syscalls": ["read"] }, "@b": { ${why}, "syscalls": ["write"] }`,
    }),
    '14:63: Cannot keep the group "@b": nothing includes it; include or remove it',
  ],
  "the same call twice": [
    rule(`{ "syscall": "read", ${why} }`),
    '19:38: Cannot keep this rule for "read": line 14 already covers it in profile "sh"; remove it',
  ],
  "narrower rule": [
    rule(`{ "syscall": "read", ${why}, "args": [{ "index": 0, "is": 0 }] }`),
    '19:38: Cannot keep this rule for "read": line 14 already covers it in profile "sh"; remove it',
  ],
  "rule covered by a mask": [
    policyText({
      profiles: profiles(
        `"groups": ["@io"], "allow": [
        { "syscall": "mmap", ${why}, "args": [{ "index": 2, "mask": 4, "is": 0 }] },
        { "syscall": "mmap", ${why}, "args": [{ "index": 2, "is": "PROT_READ" }] }]`,
      ),
    }),
    '21:11: Cannot keep this rule for "mmap": line 20 already covers it in profile "sh"; remove it',
  ],
  "allowed and refused": [
    policyText({
      profiles: profiles(
        `"groups": ["@io"], "answer": [{ "syscalls": ["read"], "errno": "EPERM", ${why} }]`,
      ),
    }),
    '19:52: Cannot refuse "read" in profile "sh": line 14 allows it; remove one',
  ],
  "answer for bits outside of its mask": [
    policyText({
      profiles: profiles(
        `"groups": ["@io"], "answer": [{ "syscalls": ["statx"], "errno": "EPERM", ${why}, ` +
          `"args": [{ "index": 2, "mask": "O_ACCMODE", "is": "O_CREAT" }] }]`,
      ),
    }),
    '19:149: Cannot match "O_CREAT" under the mask "O_ACCMODE": it has bits outside of the mask',
  ],
  "execve by a rule": [
    rule(`{ "syscall": "execve", ${why} }`),
    '19:38: Cannot allow "execve" by a rule: set "exec" of the profile',
  ],
  "io_uring": [
    rule(`{ "syscall": "io_uring_setup", ${why} }`),
    '19:38: Cannot allow "io_uring_setup": a ring makes calls that no filter sees',
  ],
  "any socket": [
    rule(`{ "syscall": "socket", ${why} }`),
    '19:38: Cannot allow "socket" with AF_VSOCK, which reaches the agent: compare argument 0, as with AF_UNIX',
  ],
  "sockets under a mask that AF_VSOCK meets": [
    rule(`{ "syscall": "socket", ${why}, "args": [{ "index": 0, "mask": 1, "is": 0 }] }`),
    '19:38: Cannot allow "socket" with AF_VSOCK, which reaches the agent: compare argument 0, as with AF_UNIX',
  ],
  "internet sockets without loopback": [
    rule(
      `{ "syscall": "socket", ${why}, "args": [{ "index": 0, "is": ["AF_UNIX", "AF_INET6"] }] }`,
    ),
    '19:38: Cannot allow "socket" with AF_INET or AF_INET6 in profile "sh": say "network": "loopback"',
  ],
  "a memory file where only the image's programs may run": [
    rule(`{ "syscall": "memfd_create", ${why} }`).replace(`"exec": "once"`, `"exec": "image"`),
    '19:38: Cannot allow "memfd_create" in profile "sh": such a file could be executed, and "exec" is "image"; answer it with ENOSYS',
  ],
  "written programs under a profile of the image's": [
    replaced(`"exec": "once"`, `"exec": "image"`).replace(
      `"argv": ["/usr/bin/sh", "main.sh"]`,
      `"argv": ["./main.sh"], "executable": true`,
    ),
    `25:75: Cannot run "sh" under the profile "sh": its program is the job's own, and "exec" is "image"; use a profile with "once" or "free"`,
  ],
  "wider profiles": [
    replaced(`"profile": "sh"`, `"profile": "sh", "profiles": { "strict": "sh", "wide": "no" }`),
    '25:99: Cannot call a wider profile "strict": that is the name of "profile"',
    '25:115: Cannot use the profile "no" for a language: use one of sh',
  ],
  "unused profile": [
    policyText({
      profiles: profiles(`"groups": ["@io"]`) +
        `,\n    "x": { ${why}, "default": "kill", "newer_than_table": "default", "exec": "once" }`,
    }),
    '23:5: Cannot keep the profile "x": no language uses it; remove it',
  ],
  "no exec": [
    replaced(`, "exec": "once"`, ""),
    '17:5: Cannot compile the profile "sh": say "exec": "once", "image" or "free"',
  ],
  "exec for the agent": [
    replaced(`"newer_than_table": "default" }`, `"newer_than_table": "default", "exec": "once" }`),
    '22:5: Cannot set "exec" for the agent: it never execs; remove it',
  ],
  "no agent": [
    replaced(`"agent": {`, `"agenT": {`).replace(`"agenT"`, `"agentx"`),
    '16:3: Cannot do without the profile "agent": define it',
    '22:5: Cannot keep the profile "agentx": no language uses it; remove it',
    '22:5: Cannot compile the profile "agentx": say "exec": "once", "image" or "free"',
  ],
  "unknown profile": [
    replaced(`"profile": "sh"`, `"profile": "hs"`),
    '17:5: Cannot keep the profile "sh": no language uses it; remove it',
    '25:68: Cannot use the profile "hs" for a language: use one of sh',
  ],
  "profile that no job can start under": [
    replaced(`"close", "openat", "unlinkat", "fallocate", "prlimit64"`, `"openat"`),
    '25:68: Cannot start a job of "sh" under the profile "sh": allow "close", "unlinkat", "fallocate", "prlimit64"',
  ],
  "unknown level": [
    replaced(`"profile": "sh" }`, `"profile": "sh", "level": "hot" }`),
    '25:85: Cannot use "hot" for "level": expected ("bare" | "armed" | "warm")',
  ],
  "warm without a boot program": [
    replaced(`"profile": "sh" }`, `"profile": "sh", "level": "warm" }`),
    '25:85: Cannot do without one of "level": "warm" and "warm": they belong together',
  ],
  "a boot program that is not warm": [
    replaced(
      `"profile": "sh" }`,
      `"profile": "sh", "warm": { "boot": "b", "env": {}, "cold": [] } }`,
    ),
    '25:85: Cannot do without one of "level": "warm" and "warm": they belong together',
  ],
  "relative program": [
    replaced(`["/usr/bin/sh", "main.sh"]`, `["sh", "main.sh"]`),
    '25:32: Cannot execute "sh": the program of "sh" must be an absolute path',
  ],
  "file that is not run": [
    replaced(`["/usr/bin/sh", "main.sh"]`, `["/usr/bin/sh", "x.sh"]`),
    '25:32: Cannot run "sh": no argument names its file "main.sh"; add it',
  ],
};

Deno.test("the policy that the corpus makes wrong is right", () => {
  assert.equal(checkPolicy(readPolicy(right)).length, 2);
});

for (const [fault, [text, ...messages]] of Object.entries(corpus)) {
  Deno.test(`fault: ${fault}`, () => {
    assert.throws(() => checkPolicy(readPolicy(text)), (error) => {
      assert.ok(error instanceof PolicyError, String(error));
      assert.deepEqual(error.message.split("\n"), messages.map((m) => `policy.jsonc:${m}`));
      return true;
    });
  });
}
