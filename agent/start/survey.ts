// The first step of a start: what this machine supports, and whether that is enough.

import { getpid } from "../../linux/process.ts";
import type { CompiledPolicy, Language, Profile } from "../../policy/compiled.ts";
import { OUTER_ROOT, type Platform } from "../../sandbox/layout.ts";
import { type CgroupBase, cgroupOff, divideCgroup } from "./cgroup_base.ts";
import { findLayers, type LayerState, missingLayers, removable } from "./layers.ts";
import type { Options } from "./options.ts";
import { findView, viewText } from "./view.ts";
import { findPlatform, offeredLanguages, preparedSandboxes } from "./platform.ts";

/** The findings, and what follows from them. */
export interface Survey {
  readonly platform: Platform;
  /** The cgroup divided for jobs, or why there is none. */
  readonly cgroup: CgroupBase;
  readonly layers: readonly LayerState[];
  /** Required layers that are off and that --without does not name. */
  readonly missing: readonly LayerState[];
  /** What the policy lists of /etc and jobs do not see here, and why. */
  readonly left: readonly string[];
  /** The policy's languages that can run here. */
  readonly languages: readonly Language[];
  /** How many sandboxes are ready ahead of requests. */
  readonly prepared: number;
}

/**
 * Examines the machine and divides the cgroup. Only root can divide it, so this comes before
 * anything is given up.
 *
 * @throws Error if a required layer is missing, except with --check.
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
  const view = findView(policy);
  const found = findPlatform(policy, without, view);
  const cgroup = without.has("cgroup")
    ? cgroupOff("left off")
    : divideCgroup(getpid() === 1, found.ownIds ? OUTER_ROOT : undefined);
  const platform = { ...found, cgroup: cgroup.directory !== undefined };
  const layers = findLayers({
    ...{ platform, policy, profiles, without },
    cgroup: cgroup.why,
    view: viewText(view),
  });
  const missing = missingLayers(layers, policy, without);
  if (missing.length > 0 && !options.check) {
    const list = missing.map(({ layer, why }) => `${layer} (${why})`).join(", ");
    const names = missing.map(({ layer }) => layer).join(",");
    throw new Error(
      `Cannot start: required hardening is missing: ${list}; to go without it, say --without ${names}`,
    );
  }
  const languages = offeredLanguages(policy, profiles, platform.landlock > 0);
  const prepared = preparedSandboxes(policy, platform.ownIds);
  const left = platform.view ? view.left : [];
  return { platform, cgroup, layers, missing, left, languages, prepared };
}

/** Whether a layer is on. */
export function isOn({ layers }: Survey, name: LayerState["layer"]): boolean {
  return layers.some(({ layer, on }) => layer === name && on);
}
