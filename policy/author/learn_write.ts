// Puts learned rules into the text of the policy, and leaves every comment and every other line
// alone.

import { applyEdits, modify } from "jsonc-parser";
import type { Proposal } from "./learn.ts";
import { readPolicy } from "../read/read_policy.ts";

/** The policy's text with `rules` at the end of "allow" of profile `name`. */
export function withRules(text: string, name: string, rules: readonly Proposal[]): string {
  let result = text;
  for (const { syscall, why } of rules) {
    const profile = readPolicy(result).policy.profiles[name];
    if (!profile) throw new Error(`Cannot find the profile "${name}"`);
    const path = ["profiles", name, "allow", profile.allow.length];
    const formattingOptions = { insertSpaces: true, tabSize: 2 };
    const edits = modify(result, path, { syscall, why }, {
      formattingOptions,
      isArrayInsertion: profile.allow.length > 0,
    });
    result = applyEdits(result, edits);
  }
  return result;
}
