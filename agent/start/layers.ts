// The hardening layers: which there are, which are on, and why one is not.
//
// The agent never runs less hardened than its policy asks: a required layer that is off, and was
// not named by --without, ends the start.

import { geteuid } from "../../linux/ids.ts";
import type { CompiledPolicy, Layer, Profile } from "../../policy/compiled.ts";
import type { Platform } from "../../sandbox/layout.ts";

/** One layer, as `info` and --check say it. */
export interface LayerState {
  readonly layer: Layer;
  readonly on: boolean;
  /** Why it is off, or how far it goes. */
  readonly why?: string;
}

/** Layers that --without may name. */
export const removable: readonly Layer[] = [
  "ids",
  "landlock",
  "job-seccomp",
  "agent-seccomp",
  "agent-drop",
  "cgroup",
];

/** What the state of the layers follows from. */
export interface Circumstances {
  readonly platform: Platform;
  readonly policy: CompiledPolicy;
  readonly profiles: Readonly<Record<string, Profile>>;
  /** Layers that --without names. */
  readonly without: ReadonlySet<string>;
  /** Path of the divided cgroup, or why there is none. */
  readonly cgroup: string;
}

/** The state of every layer. Namespaces and root are proved by making them. */
export function findLayers(
  { platform, policy, profiles, without, cgroup }: Circumstances,
): LayerState[] {
  const root = geteuid() === 0;
  const named = "left off by --without";
  const off = (layer: Layer, why: string): LayerState => ({
    layer,
    on: false,
    why: without.has(layer) ? named : why,
  });
  const missing = Object.values(policy.languages).map(({ profile }) => profile)
    .filter((name) => profiles[name] === undefined);
  const rootOnly = "only root can give processes ids of their own";
  return [
    { layer: "namespaces", on: true },
    { layer: "root", on: true },
    { layer: "no-new-privs", on: true },
    platform.ownIds ? { layer: "ids", on: true } : off("ids", rootOnly),
    platform.landlock > 0
      ? { layer: "landlock", on: true, why: `ABI ${platform.landlock}` }
      : off("landlock", "this kernel has none (CONFIG_SECURITY_LANDLOCK, lsm=landlock)"),
    platform.seccomp && missing.length === 0
      ? { layer: "job-seccomp", on: true }
      : off("job-seccomp", `no filter is built in for ${missing.join(", ")}`),
    root && !without.has("agent-drop")
      ? { layer: "agent-drop", on: true }
      : off("agent-drop", "only root can become nobody"),
    profiles.agent !== undefined && !without.has("agent-seccomp")
      ? { layer: "agent-seccomp", on: true }
      : off("agent-seccomp", "no filter is built in for the agent"),
    platform.cgroup
      ? { layer: "cgroup", on: true, why: cgroup }
      : off("cgroup", `${cgroup}; rlimits and samples stand in`),
  ];
}

/** The layers that the policy requires, that are off, and that --without did not name. */
export function missingLayers(
  layers: readonly LayerState[],
  policy: CompiledPolicy,
  without: ReadonlySet<string>,
): LayerState[] {
  return layers.filter(({ layer, on }) =>
    !on && policy.require.includes(layer) && !without.has(layer)
  );
}
