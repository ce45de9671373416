// Verifies the committed filters against the policy on a machine that cannot build libseccomp.
//
// Regenerating would show that the files are the exact bytes; the interpreter shows, without any
// tool, that they do what the policy says. That is enough to trust a checkout.

import { checkPolicy } from "./read/check.ts";
import { schemaFile } from "./read/schema_file.ts";
import { policy } from "./generated/policy.ts";
import { profiles } from "./generated/profiles.ts";
import { sha256 } from "./libseccomp/source.ts";
import { verify } from "./verify/verify.ts";
import { readPolicy } from "./read/read_policy.ts";

/**
 * Throws unless policy/generated belongs to `text` and every filter in it is verified.
 *
 * @returns how many calls were compared
 */
export async function checkWithoutLibrary(text: string): Promise<number> {
  const hash = await sha256(new TextEncoder().encode(text));
  if (policy.hash !== hash) {
    throw new Error('Cannot use policy/generated: the policy has changed; run "deno task policy"');
  }
  const schema = await Deno.readTextFile(new URL("policy.schema.json", import.meta.url));
  if (schema !== schemaFile()) {
    throw new Error('Cannot use policy/policy.schema.json: it is stale; run "deno task policy"');
  }
  const read = readPolicy(text);
  let compared = 0;
  for (const set of checkPolicy(read)) {
    const profile = profiles[set.name];
    if (!profile) throw new Error(`Cannot find the generated profile "${set.name}"`);
    for (const arch of read.policy.architectures) {
      compared += verify(profile.filter[arch], set, arch);
    }
  }
  return compared;
}
