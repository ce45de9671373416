// The output of --check: every hardening layer, whether it is on, and why not.

import type { Survey } from "./survey.ts";

/** Prints the layers and exits, with status 0 only if no required layer is missing. */
export function printLayers({ layers, missing }: Survey): never {
  for (const { layer, on, why } of layers) {
    console.log(`${on ? "on " : "off"}  ${layer}${why === undefined ? "" : `: ${why}`}`);
  }
  Deno.exit(missing.length === 0 ? 0 : 1);
}
