import assert from "node:assert/strict";
import { canRun, judge, lineOf, parseConfig } from "./judge.ts";
import { needs } from "./needs.ts";

const all = new Map(needs.flatMap((need) => need.options.map((o) => [o, "y"] as const)));

Deno.test("a config file is read, its unset options too", () => {
  const config = parseConfig(
    'CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_LSM="landlock,yama"\n# x',
  );
  assert.deepEqual([...config], [["A", "y"], ["B", "m"], ["C", "n"], ["LSM", '"landlock,yama"']]);
});

Deno.test("a kernel with everything can run", () => {
  const findings = judge(needs, all, new Map());
  assert.ok(canRun(findings));
  assert.ok(findings.every((f) => f.state === "built in"));
});

Deno.test("a missing required option is named, and the kernel cannot run", () => {
  const findings = judge(needs, new Map([...all, ["SECCOMP_FILTER", "n"]]), new Map());
  assert.equal(canRun(findings), false);
  const lines = findings.map(lineOf).filter((line) => line.startsWith("LACKS"));
  assert.equal(lines.length, 1);
  assert.match(lines[0], /CONFIG_SECCOMP_FILTER /);
});

Deno.test("a missing wanted option is named, and the kernel can run", () => {
  const findings = judge(needs, new Map([...all, ["MEMCG", "n"]]), new Map());
  assert.ok(canRun(findings));
  assert.ok(findings.map(lineOf).some((line) => /^lacks .*CONFIG_MEMCG /.test(line)));
});

Deno.test("modules do where the table says so, and only there", () => {
  const config = new Map([...all, ["VSOCKETS", "m"], ["TMPFS", "m"]]);
  const state = (option: string) =>
    judge(needs, config, new Map()).find((f) => f.need.options.includes(option))!.state;
  assert.equal(state("VSOCKETS"), "module");
  assert.equal(state("TMPFS"), "lacking");
});

Deno.test("landlock that is built in but not on the LSM list is lacking", () => {
  const config = new Map([...all, ["LSM", '"yama,bpf"']]);
  assert.equal(canRun(judge(needs, config, new Map())), false);
});

Deno.test("what was tried wins over the config", () => {
  const findings = judge(
    needs,
    new Map([...all, ["USER_NS", "n"]]),
    new Map([["user namespace", null]]),
  );
  assert.ok(canRun(findings));
  assert.ok(!canRun(judge(needs, all, new Map([["user namespace", "EPERM"]]))));
});
