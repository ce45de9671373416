// All suites, in the order in which they run and stand in the table.

import { bash } from "./bash.ts";
import { c } from "./c.ts";
import { cpp } from "./cpp.ts";
import { go } from "./go.ts";
import { java } from "./java.ts";
import { lua } from "./lua.ts";
import { node } from "./node.ts";
import { nodeOwn } from "./node_own.ts";
import { numeric } from "./numeric.ts";
import { perl } from "./perl.ts";
import { php } from "./php.ts";
import { python } from "./python.ts";
import { r } from "./r.ts";
import { ruby } from "./ruby.ts";
import { rust } from "./rust.ts";
import { sh } from "./sh.ts";
import { typescript } from "./typescript.ts";
import type { Suite } from "./suite.ts";

/** One of them at least for each language of the policy. */
export const suites: readonly Suite[] = [
  python,
  numeric,
  nodeOwn,
  node,
  typescript,
  perl,
  ruby,
  c,
  cpp,
  go,
  rust,
  java,
  bash,
  sh,
  lua,
  php,
  r,
];
