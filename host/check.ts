// `deno task host check`: what this host can run machines with, and what is missing for the rest.

import { type Finding, findings } from "./machine/findings.ts";

/** Prints one line for each finding. Returns 0 if at least one monitor works. */
export async function check(): Promise<number> {
  const found = await findings();
  const width = Math.max(...found.map(({ what }) => what.length));
  for (const finding of found) console.log(line(finding, width));
  return found.some(({ isMonitor, ok }) => isMonitor && ok) ? 0 : 1;
}

/** One finding as a line. */
export function line({ what, ok, says }: Finding, width: number): string {
  return `${ok ? "yes" : "no "}  ${what.padEnd(width)}  ${says}`;
}
