// The output of --check: every hardening layer, whether it is on, and why not; and what the policy
// lists of /etc that this machine lacks.

import type { Survey } from "./survey.ts";

/** A line for each layer, and below the layer `view` one for each thing that is left out. */
export function layerLines({ layers, left }: Survey): string[] {
  return layers.flatMap(({ layer, on, why }) => [
    `${on ? "on " : "off"}  ${layer}${why === undefined ? "" : `: ${why}`}`,
    ...(layer === "view" ? left.map((line) => `       without ${line}`) : []),
  ]);
}
