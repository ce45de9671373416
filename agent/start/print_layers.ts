// What --check prints: every hardening layer, on or off, and why.

import type { Survey } from "./survey.ts";

/** Prints the layers and ends the process: with 0 only if all that are required are there. */
export function printLayers({ layers, missing }: Survey): never {
  for (const { layer, on, why } of layers) {
    console.log(`${on ? "on " : "off"}  ${layer}${why === undefined ? "" : `: ${why}`}`);
  }
  Deno.exit(missing.length === 0 ? 0 : 1);
}
