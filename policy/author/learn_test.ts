// Learning proposes the rules that are missing, in the same words every time, and nothing
// dangerous.

import assert from "node:assert/strict";
import { checkPolicy } from "../read/check.ts";
import { POLICY_FILE } from "../files.ts";
import { groupsThatAllow, learn, lessonText, NEVER_LEARNED, silentAnswers } from "./learn.ts";
import { withRules } from "./learn_write.ts";
import { readPolicy } from "../read/read_policy.ts";
import { syscallNames } from "../read/syscall_table.ts";
import { policyText } from "../testing/test_policy.ts";

const [sh] = checkPolicy(readPolicy(policyText()));
const seen = (program: string, ...names: string[]) => ({
  program,
  denied: names.map((syscall) => ({ syscall, count: 3 })),
});

Deno.test("what programs were refused becomes rules, once each, with who needed them", () => {
  const lesson = learn(sh, [seen("b.sh", "uname", "getcwd"), seen("a.sh", "uname")]);
  assert.deepEqual(lesson.rules, [
    { syscall: "getcwd", why: "learned from b.sh" },
    { syscall: "uname", why: "learned from a.sh, b.sh" },
  ]);
  const turned = learn(sh, [seen("a.sh", "uname"), seen("b.sh", "getcwd", "uname")]);
  assert.equal(lessonText("sh", turned), lessonText("sh", lesson));
});

Deno.test("what can open the sandbox, or is allowed for some arguments, is left to a person", () => {
  const lesson = learn(sh, [seen("a.sh", "ptrace", "sendmsg", "syscall 999")]);
  assert.deepEqual(lesson.rules, []);
  assert.deepEqual(lesson.left.map(({ syscall }) => syscall), ["ptrace", "sendmsg", "syscall 999"]);
  assert.match(lessonText("sh", lesson), /ptrace: can open the sandbox, never proposed/);
});

Deno.test("a harmless question is known: the group with its silent answer is proposed, no rule", async () => {
  const { policy } = readPolicy(await Deno.readTextFile(POLICY_FILE));
  const silent = silentAnswers(policy);
  const lesson = learn(sh, [seen("numpy.py", "mbind", "uname", "clone3", "setxattr")], silent);
  assert.deepEqual(lesson.rules, [{ syscall: "uname", why: "learned from numpy.py" }]);
  assert.deepEqual(lesson.harmless.map(({ syscall, group, errno }) => [syscall, group, errno]), [
    ["clone3", "@probes", "ENOSYS"],
    ["mbind", "@harmless", "ENOSYS"],
    ["setxattr", "@no-xattrs", "EOPNOTSUPP"],
  ]);
  assert.deepEqual(lesson.left, []);
  assert.match(lessonText("sh", lesson), /@harmless: mbind gets ENOSYS: NUMA/);
});

Deno.test("groups that have the missing calls are named", async () => {
  const groups = groupsThatAllow(readPolicy(await Deno.readTextFile(POLICY_FILE)).policy);
  const lesson = learn(sh, [seen("a.awk", "tgkill", "getpid", "splice")]);
  const text = lessonText("sh", lesson, groups);
  assert.deepEqual(text.split("\n").slice(-3), [
    'Groups that have them, for "groups" of the profile:',
    "  @self: getpid",
    "  @threads: tgkill",
  ]);
  assert.doesNotMatch(lessonText("sh", learn(sh, []), groups), /Groups/);
});

Deno.test("every call that is never learned has a name that is known", () => {
  const known = syscallNames();
  assert.deepEqual([...NEVER_LEARNED].filter((name) => !known.includes(name)), []);
});

Deno.test("written rules are a policy again, and nothing is missing any more", () => {
  const { rules } = learn(sh, [seen("a.sh", "uname", "getcwd")]);
  const text = withRules(policyText(), "sh", rules);
  const [again] = checkPolicy(readPolicy(text));
  assert.equal(again.rules.length, sh.rules.length + 2);
  assert.deepEqual(learn(again, []).rules, []);
});

Deno.test("writing into the real policy keeps its comments and all its other lines", async () => {
  const before = await Deno.readTextFile(POLICY_FILE);
  for (const name of ["python", "perl"]) {
    const after = withRules(before, name, [{ syscall: "getdents", why: "learned from old.py" }]);
    const lines = new Set(after.split("\n").map((line) => line.trim().replace(/,$/, "")));
    const gone = before.split("\n").filter((l) => !lines.has(l.trim().replace(/,$/, "")));
    assert.deepEqual(gone, []);
    assert.equal(checkPolicy(readPolicy(after)).length, checkPolicy(readPolicy(before)).length);
  }
});
