// The whole way from the policy's text to the generated files, without touching the disk.
//
// Pure but for the library, so that the task, `--check` and the tests all do the same. A filter
// that is not verified never leaves this function.

import { checkPolicy } from "./read/check.ts";
import type { Arch } from "../linux/syscall_numbers.ts";
import { type Origin, policyModule, profileModule, profilesModule } from "./compile/emit.ts";
import type { Seccomp } from "./libseccomp/binding.ts";
import { DEBIAN_VERSION, sha256, TABLE_VERSION } from "./libseccomp/source.ts";
import { makeFilter } from "./compile/make_filter.ts";
import { verify } from "./verify/verify.ts";
import { readPolicy } from "./read/read_policy.ts";
import { profileTable } from "./compile/table.ts";

/** The files, and how thoroughly they were checked. */
export interface Generated {
  /** File name below policy/generated -> content. */
  readonly files: ReadonlyMap<string, string>;
  readonly profiles: number;
  readonly rules: number;
  readonly filters: number;
  /** Calls on which a filter and the policy were compared. */
  readonly compared: number;
}

/**
 * Generates everything for `text`.
 *
 * @param boots The boot programs that it may name, by file name.
 * @throws PolicyError when the policy is wrong, VerifyError when a filter is
 */
export async function generate(
  text: string,
  boots: ReadonlyMap<string, string>,
  seccomp: Seccomp,
): Promise<Generated> {
  const read = readPolicy(text);
  const sets = checkPolicy(read, new Set(boots.keys()));
  const origin: Origin = {
    hash: await sha256(new TextEncoder().encode(text)),
    libseccomp: DEBIAN_VERSION,
    syscallTable: TABLE_VERSION,
  };
  const files = new Map<string, string>();
  files.set("policy.ts", policyModule(read.policy, origin, boots));
  files.set("profiles.ts", profilesModule(sets.map(({ name }) => name)));
  let compared = 0;
  let rules = 0;
  for (const set of sets) {
    const filters = new Map<Arch, Uint8Array>();
    const sizes = new Map<Arch, number>();
    rules += set.rules.length;
    for (const arch of read.policy.architectures) {
      const { bytes, pseudoCode } = makeFilter(seccomp, set, arch);
      compared += verify(bytes, set, arch);
      filters.set(arch, bytes);
      sizes.set(arch, bytes.length / 8);
      files.set(`${set.name}.${arch}.pfc`, pseudoCode);
    }
    files.set(`${set.name}.ts`, profileModule(set, filters));
    files.set(`${set.name}.md`, profileTable(set, sizes));
  }
  const count = sets.length * read.policy.architectures.length;
  return { files, profiles: sets.length, rules, filters: count, compared };
}
