// The WebAssembly library makes the same bytes as the system's own, for the policy and for random
// rules.
//
// The native library comes through FFI here and knows nothing of binding.ts but the constants, so
// that a mistake there is not made twice.

import assert from "node:assert/strict";
import fc from "fast-check";
import { file, testNeeding } from "../../tests/helpers/need.ts";
import { checkPolicy } from "../read/check.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { POLICY_FILE } from "../files.ts";
import { actionValue } from "../compile/action.ts";
import { readPolicy } from "../read/read_policy.ts";
import { syscallNames, syscallNumber } from "../read/syscall_table.ts";
import { libseccomp, seccompForTest } from "../testing/test_seccomp.ts";
import { type Comparison, type Seccomp, SeccompError } from "./binding.ts";
import { ACTION, ARCH_TOKEN, ATTRIBUTE, COMPARE, OPTIMIZE } from "./constants.ts";

interface Rule {
  readonly action: number;
  readonly number: number;
  readonly comparisons: readonly Comparison[];
}

interface Wanted {
  readonly arch: Arch;
  readonly otherwise: number;
  readonly optimize: keyof typeof OPTIMIZE;
}

/** Where Debian has it. */
const LIBRARY = `/usr/lib/${Deno.build.arch}-linux-gnu/libseccomp.so.2`;
const LIBC = `/usr/lib/${Deno.build.arch}-linux-gnu/libc.so.6`;
const native = file(LIBRARY);

/** The filter that the native library makes; undefined when it refuses a rule. */
function nativeFilter(wanted: Wanted, rules: readonly Rule[]): Uint8Array | undefined {
  const library = Deno.dlopen(LIBRARY, {
    seccomp_api_set: { parameters: ["u32"], result: "i32" },
    seccomp_init: { parameters: ["u32"], result: "pointer" },
    seccomp_release: { parameters: ["pointer"], result: "void" },
    seccomp_arch_native: { parameters: [], result: "u32" },
    seccomp_arch_add: { parameters: ["pointer", "u32"], result: "i32" },
    seccomp_arch_remove: { parameters: ["pointer", "u32"], result: "i32" },
    seccomp_attr_set: { parameters: ["pointer", "u32", "u32"], result: "i32" },
    seccomp_rule_add_array: {
      parameters: ["pointer", "u32", "i32", "u32", "buffer"],
      result: "i32",
    },
    seccomp_export_bpf: { parameters: ["pointer", "i32"], result: "i32" },
  });
  const c = library.symbols;
  c.seccomp_api_set(6);
  const context = c.seccomp_init(wanted.otherwise);
  try {
    const token = ARCH_TOKEN[wanted.arch];
    if (token !== c.seccomp_arch_native()) {
      c.seccomp_arch_remove(context, c.seccomp_arch_native());
      c.seccomp_arch_add(context, token);
    }
    c.seccomp_attr_set(context, ATTRIBUTE.ACT_BADARCH, ACTION.KILL_PROCESS);
    c.seccomp_attr_set(context, ATTRIBUTE.CTL_OPTIMIZE, OPTIMIZE[wanted.optimize]);
    for (const { action, number, comparisons } of rules) {
      const raw = structures(comparisons);
      const result = c.seccomp_rule_add_array(context, action, number, comparisons.length, raw);
      if (result < 0) return undefined;
    }
    return written((fd) => c.seccomp_export_bpf(context, fd));
  } finally {
    c.seccomp_release(context);
    library.close();
  }
}

/** struct scmp_arg_cmp[]: two 32-bit words, two 64-bit ones. */
function structures(comparisons: readonly Comparison[]): Uint8Array<ArrayBuffer> {
  const words = comparisons.flatMap(({ index, mask, value }) => {
    const operator = mask === undefined ? COMPARE.EQ : COMPARE.MASKED_EQ;
    return [
      BigInt(index) | BigInt(operator) << 32n,
      mask ?? value,
      mask === undefined ? 0n : value,
    ];
  });
  return new Uint8Array(new BigUint64Array(words).buffer);
}

/** What `write` writes to the descriptor it is given. */
function written(write: (fd: number) => number): Uint8Array {
  const libc = Deno.dlopen(LIBC, {
    memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
    pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  });
  const fd = libc.symbols.memfd_create(new TextEncoder().encode("bpf\0"), 1);
  const bytes = new Uint8Array(1 << 16);
  assert.equal(write(fd), 0);
  const length = Number(libc.symbols.pread(fd, bytes, BigInt(bytes.length), 0n));
  libc.symbols.close(fd);
  libc.close();
  return bytes.slice(0, length);
}

/** The filter of the WebAssembly library; undefined when it refuses a rule. */
function wasmFilter(seccomp: Seccomp, wanted: Wanted, rules: readonly Rule[]) {
  using filter = seccomp.filter(wanted.arch, wanted.otherwise, wanted.optimize);
  try {
    for (const { action, number, comparisons } of rules) filter.rule(action, number, comparisons);
  } catch (error) {
    if (error instanceof SeccompError) return undefined;
    throw error;
  }
  return filter.bpf();
}

/**
 * The same rules by the numbers of this machine's architecture, as the native library wants them.
 */
function nativeNumbers(rules: readonly Rule[], arch: Arch): Rule[] {
  const names = new Map(syscallNames().map((name) => [syscallNumber(name, arch), name]));
  return rules.map((rule) => ({
    ...rule,
    number: syscallNumber(names.get(rule.number)!, Deno.build.arch) ?? -1,
  }));
}

const needs = [libseccomp, native];

testNeeding(needs, "the policy's filters have the native library's bytes", async () => {
  const seccomp = await seccompForTest();
  for (const set of checkPolicy(readPolicy(await Deno.readTextFile(POLICY_FILE)))) {
    for (const arch of ["x86_64", "aarch64"] as const) {
      const rules = set.rules.flatMap(({ syscall, action, comparisons }) => {
        const number = syscallNumber(syscall, arch);
        return number === undefined ? [] : [{ number, action: actionValue(action), comparisons }];
      });
      const wanted = { arch, otherwise: actionValue(set.defaultAction), optimize: "TREE" } as const;
      const here = wasmFilter(seccomp, wanted, rules);
      const there = nativeFilter(wanted, nativeNumbers(rules, arch));
      assert.ok(here && there, `${set.name} for ${arch} was refused`);
      assert.deepEqual(here, there, `${set.name} for ${arch}`);
    }
  }
});

testNeeding(needs, "random rules give the native library's bytes", async () => {
  const seccomp = await seccompForTest();
  const value = fc.oneof(fc.bigInt(0n, 70n), fc.bigInt(0n, (1n << 64n) - 1n));
  const comparison: fc.Arbitrary<Comparison> = fc.record(
    { index: fc.nat(5), value, mask: value },
    { requiredKeys: ["index", "value"] },
  ).map(({ index, value, mask }) =>
    mask === undefined ? { index, value } : { index, mask, value: value & mask }
  );
  const rule = fc.record({
    action: fc.constantFrom(ACTION.ALLOW, ACTION.ERRNO(1), ACTION.ERRNO(38)),
    number: fc.nat(334),
    comparisons: fc.uniqueArray(comparison, { maxLength: 3, selector: (c) => c.index }),
  });
  const wanted: fc.Arbitrary<Wanted> = fc.record({
    arch: fc.constant(Deno.build.arch as Arch),
    otherwise: fc.constantFrom(ACTION.NOTIFY, ACTION.KILL_PROCESS),
    optimize: fc.constantFrom<keyof typeof OPTIMIZE>("LINEAR", "TREE"),
  });
  const property = fc.property(fc.array(rule, { maxLength: 40 }), wanted, (rules, how) => {
    assert.deepEqual(wasmFilter(seccomp, how, rules), nativeFilter(how, rules));
  });
  fc.assert(property, { numRuns: 200 });
});
