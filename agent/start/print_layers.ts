// The output of --check: every hardening layer, whether it is on, and why not; and what the policy
// lists of /etc that this machine lacks.

import type { Survey } from "./survey.ts";

/** Prints the layers and exits, with status 0 only if no required layer is missing. */
export function printLayers({ layers, missing, left }: Survey): never {
  for (const { layer, on, why } of layers) {
    console.log(`${on ? "on " : "off"}  ${layer}${why === undefined ? "" : `: ${why}`}`);
    if (layer === "view") { for (const line of left) console.log(`       without ${line}`); }
  }
  Deno.exit(missing.length === 0 ? 0 : 1);
}
