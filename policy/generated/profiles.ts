// Written by `deno task policy` from policy/policy.jsonc. Do not edit.

import type { Profile } from "../compiled.ts";
import { profile as python } from "./python.ts";
import { profile as node } from "./node.ts";
import { profile as sh } from "./sh.ts";
import { profile as perl } from "./perl.ts";
import { profile as ruby } from "./ruby.ts";
import { profile as exec } from "./exec.ts";
import { profile as java } from "./java.ts";
import { profile as php } from "./php.ts";
import { profile as lua } from "./lua.ts";
import { profile as programs } from "./programs.ts";
import { profile as programs_jit } from "./programs-jit.ts";
import { profile as workspace } from "./workspace.ts";
import { profile as agent } from "./agent.ts";

/** The syscall profiles by name. */
export const profiles: Readonly<Record<string, Profile>> = {
  python,
  node,
  sh,
  perl,
  ruby,
  exec,
  java,
  php,
  lua,
  programs,
  "programs-jit": programs_jit,
  workspace,
  agent,
};
