// The golden lists: what was found once, read by a person, and committed.
//
// A list is text, with each group's name and reason before its lines. So a difference in review
// shows beside the reason that must hold for it.

import { type Group, groupOf } from "./groups.ts";

/** Lines without those that depend on the machine, in a stable order. */
export function listed(groups: readonly Group[], lines: Iterable<string>): string[] {
  return [...new Set(lines)].filter((line) => !groupOf(groups, line)?.optional).sort();
}

/** Throws if a line belongs to no group: somebody has to say why it may be there. */
export function refuseStrays(groups: readonly Group[], lines: readonly string[]): void {
  const strays = lines.filter((line) => groupOf(groups, line) === undefined);
  if (strays.length === 0) return;
  throw new Error(`In no group of tests/census/groups.jsonc:\n  ${strays.join("\n  ")}`);
}

/** The text of a golden list. */
export function goldenText(groups: readonly Group[], title: string, lines: string[]): string {
  const parts = groups.flatMap((group) => {
    const own = lines.filter((line) => groupOf(groups, line) === group);
    return own.length === 0 ? [] : [`\n# ${group.name}: ${group.why}\n${own.join("\n")}\n`];
  });
  return `# ${title} Written by \`deno task census --write\`.\n${parts.join("")}`;
}

/** The lines of a golden list. */
export function goldenLines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("# "));
}

/** What is new and what is gone. */
export interface Difference {
  readonly added: readonly string[];
  readonly gone: readonly string[];
}

/** Compares two lists. A call that is allowed may be one that this kernel does not have. */
export function difference(golden: readonly string[], found: readonly string[]): Difference {
  const [before, now] = [new Set(golden), new Set(found)];
  const lacking = (name: string) => `syscall ${name} refused silently: ENOSYS`;
  const callOf = (line: string) => /^syscall (\S+) allowed$/.exec(line)?.[1];
  const added = found.filter((line) => !before.has(line));
  const gone = golden.filter((line) => !now.has(line));
  const excused = new Set(
    gone.flatMap((line) => {
      const name = callOf(line);
      return name !== undefined && added.includes(lacking(name)) ? [line, lacking(name)] : [];
    }),
  );
  return {
    added: added.filter((line) => !excused.has(line)),
    gone: gone.filter((line) => !excused.has(line)),
  };
}

/** A difference to be read: one line each, with the group's reason; undefined where there is none. */
export function differenceText(
  groups: readonly Group[],
  title: string,
  { added, gone }: Difference,
): string | undefined {
  if (added.length + gone.length === 0) return undefined;
  const line = (sign: string) => (text: string) =>
    `  ${sign} ${text}    (${groupOf(groups, text)?.name ?? "in no group"})`;
  return [`${title}:`, ...added.map(line("+")), ...gone.map(line("-"))].join("\n");
}

/**
 * The text of a list of differences, as a machine of another kind has them beside a golden list: "+"
 * before what it has too, "-" before what it lacks.
 */
export function differencesText(
  groups: readonly Group[],
  title: string,
  apart: readonly string[],
): string {
  const parts = groups.flatMap((group) => {
    const own = apart.filter((line) => groupOf(groups, line.slice(2)) === group);
    return own.length === 0 ? [] : [`\n# ${group.name}: ${group.why}\n${own.join("\n")}\n`];
  });
  return `# ${title}\n${parts.join("")}`;
}

/** The lines of such a list. */
export function differenceLines({ added, gone }: Difference): string[] {
  return [...added.map((line) => `+ ${line}`), ...gone.map((line) => `- ${line}`)];
}
