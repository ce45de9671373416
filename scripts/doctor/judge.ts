// Compares what a kernel has with what is needed. Pure, so any kernel's config can be judged on any
// machine.

import type { Need } from "./needs.ts";

/** What is known about one need. */
export type State = "built in" | "module" | "works" | "lacking" | "unknown";

/** One need and what was found. */
export interface Finding {
  need: Need;
  state: State;
  /** The source of the finding, or the error of an attempt. */
  detail: string;
}

/**
 * Reads a kernel config file: maps each option, without "CONFIG_", to "y", "m" or another value.
 */
export function parseConfig(text: string): Map<string, string> {
  const config = new Map<string, string>();
  for (const line of text.split("\n")) {
    const set = line.match(/^CONFIG_(\w+)=(.*)$/);
    const unset = line.match(/^# CONFIG_(\w+) is not set$/);
    if (set !== null) config.set(set[1], set[2]);
    else if (unset !== null) config.set(unset[1], "n");
  }
  return config;
}

/** The results of attempts: null for success, else the reason for the failure. */
export type Attempts = ReadonlyMap<string, string | null>;

/** Judges every need. An attempt overrides the config, because it shows what will really happen. */
export function judge(
  needs: readonly Need[],
  config: ReadonlyMap<string, string> | null,
  attempts: Attempts,
): Finding[] {
  return needs.map((need) => {
    const tried = need.attempt === undefined ? undefined : attempts.get(need.attempt);
    if (tried === null) return { need, state: "works", detail: "tried" };
    if (tried !== undefined) return { need, state: "lacking", detail: tried };
    if (config === null) return { need, state: "unknown", detail: "no config, not tried" };
    return { need, ...stateInConfig(need, config) };
  });
}

function stateInConfig(
  need: Need,
  config: ReadonlyMap<string, string>,
): { state: State; detail: string } {
  const values = need.options.map((option) => config.get(option));
  if (values.includes("y")) {
    const lsm = config.get("LSM");
    if (
      need.options.includes("SECURITY_LANDLOCK") && lsm !== undefined && !lsm.includes("landlock")
    ) {
      return { state: "lacking", detail: `CONFIG_LSM=${lsm} does not name landlock` };
    }
    return { state: "built in", detail: "config" };
  }
  if (values.includes("m")) {
    return need.moduleDoes
      ? { state: "module", detail: "config: the image must carry and load it" }
      : { state: "lacking", detail: "config: only a module" };
  }
  return { state: "lacking", detail: "config" };
}

/** Whether a kernel with these findings can run the agent with the default policy. */
export function canRun(findings: readonly Finding[]): boolean {
  return !findings.some((f) => f.need.weight === "required" && f.state === "lacking");
}

/** One finding as a line of text. */
export function lineOf({ need, state, detail }: Finding): string {
  const names = need.options.map((option) => `CONFIG_${option}`).join(" or ");
  const mark = state === "lacking" ? (need.weight === "required" ? "LACKS" : "lacks") : state;
  const why = state === "lacking" ? ` [${detail}]` : "";
  return `${mark.padEnd(9)} ${names.padEnd(34)} ${need.purpose}${why}`;
}
