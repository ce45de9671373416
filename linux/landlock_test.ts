import assert from "node:assert/strict";
import { LANDLOCK_RULE_NET_PORT } from "./constants.ts";
import { leakTest } from "./testing/descriptor_leak.ts";
import { E, orErrno } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { landlockAbi, landlockRights, landlockRulesetSize } from "./landlock.ts";
import { libc } from "./libc.ts";
import { syscallNumber, thisArch } from "./syscall_numbers.ts";

/** landlock_create_ruleset(2) with these rights; the descriptor or minus the error number. */
function createRuleset(fs: number, net: number, scope: number, size: number): number {
  const attribute = BigUint64Array.of(BigInt(fs), BigInt(net), BigInt(scope));
  const number = BigInt(syscallNumber(thisArch, "landlock_create_ruleset"));
  return orErrno(libc.landlock_create_ruleset(number, attribute, BigInt(size), 0n));
}

const abi = landlockAbi();
const has = (least: number, name: string) => {
  if (abi < least) console.error(`SKIPPED: ${name}: Landlock ABI ${least}, this kernel has ${abi}`);
  return abi >= least;
};

{
  const name = "the kernel takes all rights of its ABI and of every older one";
  if (has(1, name)) {
    leakTest(name, () => {
      for (let older = 1; older <= Math.min(abi, 7); older++) {
        const { fs, net, scope } = landlockRights(older);
        const ruleset = createRuleset(fs, net, scope, landlockRulesetSize(older));
        assert.ok(ruleset >= 0, `ABI ${older}: ${ruleset}`);
        closeFd(ruleset);
      }
    });
  }
}

{
  const name = "no right of the kernel's ABI is missing: one bit more is refused";
  const known = abi === 6 || abi === 7;
  if (!known) console.error(`SKIPPED: ${name}: Landlock ABI 6 or 7, this kernel has ${abi}`);
  else {
    leakTest(name, () => {
      const { fs, net, scope } = landlockRights(abi);
      assert.equal(createRuleset(fs + 0x10000, net, scope, 24), -E.EINVAL);
      assert.equal(createRuleset(fs, net + 4, scope, 24), -E.EINVAL);
      assert.equal(createRuleset(fs, net, scope + 4, 24), -E.EINVAL);
    });
  }
}

Deno.test("rights grow with the ABI", () => {
  assert.deepEqual(landlockRights(0), { fs: 0, net: 0, scope: 0 });
  assert.deepEqual(landlockRights(1), { fs: 0x1fff, net: 0, scope: 0 });
  assert.deepEqual(landlockRights(4), { fs: 0x7fff, net: 3, scope: 0 });
  assert.deepEqual(landlockRights(7), { fs: 0xffff, net: 3, scope: 3 });
  assert.equal(LANDLOCK_RULE_NET_PORT, 2);
});
