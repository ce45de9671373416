// The hardening layers: which exist, which are on, and why one is off.
//
// The agent never runs with less hardening than its policy requires: if a required layer is off and
// --without does not name it, the start fails.

import { geteuid } from "../../linux/ids.ts";
import type { CompiledPolicy, Layer, Profile } from "../../policy/compiled.ts";
import type { Platform } from "../../sandbox/layout.ts";

/** One layer, as `info` and --check show it. */
export interface LayerState {
  readonly layer: Layer;
  readonly on: boolean;
  /** Why it is off, or how much it covers. */
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
  "view",
];

/** What determines the state of the layers. */
export interface Circumstances {
  readonly platform: Platform;
  readonly policy: CompiledPolicy;
  readonly profiles: Readonly<Record<string, Profile>>;
  /** Layers that --without names. */
  readonly without: ReadonlySet<string>;
  /** Path of the divided cgroup, or why there is none. */
  readonly cgroup: string;
  /** What jobs see of /proc and /etc with the layer. */
  readonly view: string;
}

/** The state of every layer. Namespaces and root count as on: making them is the proof. */
export function findLayers(
  { platform, policy, profiles, without, cgroup, view }: Circumstances,
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
    platform.view ? { layer: "view", on: true, why: view } : off("view", named),
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

/** The layers that are off although the policy requires them and --without does not name them. */
export function missingLayers(
  layers: readonly LayerState[],
  policy: CompiledPolicy,
  without: ReadonlySet<string>,
): LayerState[] {
  return layers.filter(({ layer, on }) =>
    !on && policy.require.includes(layer) && !without.has(layer)
  );
}
