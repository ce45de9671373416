// The groups of the census: every line belongs to one, and each says why its lines may be there.

import { readJsonc } from "../../policy/read/jsonc.ts";

/** One group. */
export interface Group {
  readonly name: string;
  readonly why: string;
  /** Lines: "*" stands for anything, "{a,b}" for a or b. */
  readonly lines: readonly string[];
  /** Whether its lines depend on the kernel or the machine: they may be there, and are in no list. */
  readonly optional: boolean;
  /** Whether `line` belongs to it. */
  has(line: string): boolean;
}

/** groups.jsonc. */
export interface Groups {
  /** Directories of the image that are told by the kinds of what they hold. */
  readonly trees: readonly string[];
  readonly groups: readonly Group[];
}

const file = new URL("groups.jsonc", import.meta.url);

/** Reads groups.jsonc, or another text like it. */
export function readGroups(text: string = Deno.readTextFileSync(file)): Groups {
  const { trees, groups } = readJsonc(text).value as {
    trees: string[];
    groups: Record<string, { why: string; lines: string[]; optional?: boolean }>;
  };
  return {
    trees,
    groups: Object.entries(groups).map(([name, { why, lines, optional }]) => {
      if (typeof why !== "string" || why.length < 10) throw new Error(`Group "${name}" has no why`);
      const patterns = lines.map(patternOf);
      const has = (line: string) => patterns.some((pattern) => pattern.test(line));
      return { name, why, lines, optional: optional ?? false, has };
    }),
  };
}

function patternOf(text: string): RegExp {
  const source = text.replace(/[.+?^$()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")
    .replace(/\{([^}]*)\}/g, (_, words: string) => `(?:${words.replaceAll(",", "|")})`);
  return new RegExp(`^${source}$`);
}

/** The first group that `line` belongs to: the order of groups.jsonc decides. */
export function groupOf(groups: readonly Group[], line: string): Group | undefined {
  return groups.find((group) => group.has(line));
}
