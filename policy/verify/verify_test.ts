// Verification finds every wrong filter: the committed ones are right, and no rule of theirs can go
// missing, be loosened or be tightened unnoticed.
//
// A run tries a third of the rules, another one each day. SALLYPORT_MUTATIONS=all tries every rule.

import assert from "node:assert/strict";
import { testNeeding } from "../../tests/helpers/need.ts";
import { CODE, decode, encode, type Instruction } from "../compile/bpf.ts";
import { checkPolicy } from "../read/check.ts";
import { POLICY_FILE } from "../files.ts";
import { profiles } from "../generated/profiles.ts";
import { makeFilter } from "../compile/make_filter.ts";
import { actionValue } from "../compile/action.ts";
import { verify, VerifyError } from "./verify.ts";
import { readPolicy } from "../read/read_policy.ts";
import { covers, type Rule, type RuleSet } from "../read/rules.ts";
import { syscallNumber } from "../read/syscall_table.ts";
import { libseccomp, seccompForTest } from "../testing/test_seccomp.ts";

const ARCHES = ["x86_64", "aarch64"] as const;
const sets = checkPolicy(readPolicy(await Deno.readTextFile(POLICY_FILE)));

for (const set of sets) {
  Deno.test(`the committed filters of profile "${set.name}" are what the policy says`, () => {
    for (const arch of ARCHES) {
      assert.ok(verify(profiles[set.name].filter[arch], set, arch) > 8000);
    }
    assert.equal(profiles[set.name].exec, set.exec);
  });
}

const third = Deno.env.get("SALLYPORT_MUTATIONS") === "all"
  ? undefined
  : Math.floor(Date.now() / 86_400_000) % 3;

/** The rules of all sets that this run tries. */
function tried(wanted: (rule: Rule) => boolean): { set: RuleSet; rule: Rule }[] {
  const all = sets.flatMap((set) => set.rules.filter(wanted).map((rule) => ({ set, rule })));
  const now = all.filter((_, index) => third === undefined || index % 3 === third);
  console.log(`${now.length} of ${all.length} rules`);
  return now;
}

const compares = ({ comparisons }: Rule) => comparisons.length > 0;

/** The set with one rule gone. */
function without(set: RuleSet, rule: Rule): RuleSet {
  return { ...set, rules: set.rules.filter((other) => other !== rule) };
}

/** The set in which one rule compares one argument less; rules that this makes redundant go too. */
function loosened(set: RuleSet, rule: Rule, index: number): RuleSet {
  const wide = { ...rule, comparisons: rule.comparisons.filter((_, i) => i !== index) };
  const rest = set.rules.filter((other) =>
    other !== rule &&
    !(other.syscall === rule.syscall && covers(wide.comparisons, other.comparisons))
  );
  return { ...set, rules: [...rest, wide] };
}

Deno.test("drop any one rule without arguments, and it is found", () => {
  const rules = tried((rule) => !compares(rule));
  assert.ok(rules.length > 300);
  for (const { set, rule } of rules) {
    // The filter keeps the rule and the policy loses it: the same difference, without compiling.
    const arch = syscallNumber(rule.syscall, "x86_64") === undefined ? "aarch64" : "x86_64";
    const bytes = profiles[set.name].filter[arch];
    assert.throws(() => verify(bytes, without(set, rule), arch), VerifyError, rule.syscall);
  }
});

testNeeding([libseccomp], "drop any one rule with arguments, and it is found", async () => {
  const seccomp = await seccompForTest();
  const rules = tried(compares);
  assert.ok(rules.length > 66);
  for (const { set, rule } of rules) {
    const { bytes } = makeFilter(seccomp, without(set, rule), "x86_64");
    assert.throws(() => verify(bytes, set, "x86_64"), VerifyError, `${set.name}: ${rule.syscall}`);
  }
});

testNeeding([libseccomp], "loosen any one rule, and it is found", async () => {
  const seccomp = await seccompForTest();
  for (const { set, rule } of tried(compares)) {
    for (const index of rule.comparisons.keys()) {
      const { bytes } = makeFilter(seccomp, loosened(set, rule, index), "x86_64");
      const name = `${set.name}: ${rule.syscall} ${rule.comparisons[index].text}`;
      assert.throws(() => verify(bytes, set, "x86_64"), VerifyError, name);
    }
  }
});

testNeeding([libseccomp], "change what any rule compares with, and it is found", async () => {
  const seccomp = await seccompForTest();
  for (const { set, rule } of tried(compares)) {
    const [first, ...others] = rule.comparisons;
    // A high bit that no comparison of the policy asks for.
    const wrong = { ...first, mask: undefined, value: first.value ^ (1n << 40n) };
    const changed: Rule = { ...rule, comparisons: [wrong, ...others] };
    const rules = set.rules.map((other) => other === rule ? changed : other);
    const { bytes } = makeFilter(seccomp, { ...set, rules }, "x86_64");
    assert.throws(() => verify(bytes, set, "x86_64"), VerifyError, `${set.name}: ${rule.syscall}`);
  }
});

testNeeding([libseccomp], "answer otherwise than the policy, and it is found", async () => {
  const seccomp = await seccompForTest();
  const set = sets.find(({ name }) => name === "python")!;
  const loose = { ...set, defaultAction: { kind: "allow" } as const };
  const rules = set.rules.filter(({ action }) => action.kind !== "allow");
  const { bytes } = makeFilter(seccomp, { ...loose, rules }, "x86_64");
  assert.throws(() => verify(bytes, set, "x86_64"), VerifyError);
  const known = { ...set, newerAction: set.defaultAction };
  const told = makeFilter(seccomp, known, "x86_64").bytes;
  assert.throws(() => verify(told, set, "x86_64"), VerifyError);
});

/** Where a filter can come to: libseccomp leaves answers behind that nothing jumps to. */
function reachable(program: readonly Instruction[]): Set<number> {
  const found = new Set([0]);
  // Jumps only go forward, so one pass is enough.
  for (const [at, { code, jt, jf, k }] of program.entries()) {
    if (!found.has(at) || code === CODE.RETURN) continue;
    if (code === CODE.LOAD || code === CODE.AND) found.add(at + 1);
    else if (code === CODE.JUMP) found.add(at + 1 + k);
    else found.add(at + 1 + jt).add(at + 1 + jf);
  }
  return found;
}

Deno.test("turn any one instruction's answer into allow, and it is found", () => {
  for (const set of sets) {
    for (const arch of ARCHES) {
      const program = decode(profiles[set.name].filter[arch]);
      const reached = reachable(program);
      for (const [at, { code, k }] of program.entries()) {
        const allow = actionValue({ kind: "allow" });
        if (code !== CODE.RETURN || k === allow || !reached.has(at)) continue;
        const wrong = program.with(at, { code, jt: 0, jf: 0, k: allow });
        assert.throws(() => verify(encode(wrong), set, arch), VerifyError, `${set.name} at ${at}`);
      }
    }
  }
});
