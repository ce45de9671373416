// The first step of a start: what this machine has, and whether that is enough.

import { getpid } from "../../linux/process.ts";
import type { CompiledPolicy, Language, Profile } from "../../policy/compiled.ts";
import { OUTER_ROOT, type Platform } from "../../sandbox/layout.ts";
import { type CgroupBase, cgroupOff, divideCgroup } from "./cgroup_base.ts";
import { findLayers, type LayerState, missingLayers, removable } from "./layers.ts";
import type { Options } from "./options.ts";
import { findPlatform, offeredLanguages } from "./platform.ts";

/** What was found, and what is made of it. */
export interface Survey {
  readonly platform: Platform;
  /** The cgroup that was divided for jobs, or why there is none. */
  readonly cgroup: CgroupBase;
  readonly layers: readonly LayerState[];
  /** Layers that the policy requires, that are off, and that nobody left off. */
  readonly missing: readonly LayerState[];
  /** Those of the policy's languages that can be run here. */
  readonly languages: readonly Language[];
}

/**
 * Looks around, and divides the cgroup: only root can, so it is done before anything is given up.
 *
 * @throws Error where a required layer is missing, unless --check only wants to know.
 */
export function survey(
  options: Options,
  policy: CompiledPolicy,
  profiles: Readonly<Record<string, Profile>>,
): Survey {
  const without = new Set(options.without);
  for (const layer of without) {
    if (!(removable as readonly string[]).includes(layer)) {
      throw new Error(`Cannot leave "${layer}" off: it must be one of ${removable.join(", ")}`);
    }
  }
  const found = findPlatform(policy, without);
  const cgroup = without.has("cgroup")
    ? cgroupOff("left off")
    : divideCgroup(getpid() === 1, found.ownIds ? OUTER_ROOT : undefined);
  const platform = { ...found, cgroup: cgroup.directory !== undefined };
  const layers = findLayers({ platform, policy, profiles, without, cgroup: cgroup.why });
  const missing = missingLayers(layers, policy, without);
  if (missing.length > 0 && !options.check) {
    const list = missing.map(({ layer, why }) => `${layer} (${why})`).join(", ");
    throw new Error(`Cannot start: required hardening is missing: ${list}`);
  }
  const languages = offeredLanguages(policy, profiles, platform.landlock > 0);
  return { platform, cgroup, layers, missing, languages };
}

/** Whether a layer is on. */
export function isOn({ layers }: Survey, name: LayerState["layer"]): boolean {
  return layers.some(({ layer, on }) => layer === name && on);
}
