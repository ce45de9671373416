// Reads and writes the golden lists, and compares them with what was found.

import {
  difference,
  differenceText,
  goldenLines,
  goldenText,
  listed,
  refuseStrays,
} from "./golden.ts";
import type { Found } from "./found.ts";
import type { Groups } from "./groups.ts";

const folder = new URL("golden/", import.meta.url);

const titles: Readonly<Record<string, string>> = {
  "every-job": "What every job reaches, under each profile.",
  agent: "The agent, seen from outside, before its first request.",
  zygote: "The zygote, seen from outside.",
  keeper: "The keeper of a sandbox, seen from outside.",
  runner: "The runner of a sandbox, seen from outside.",
};

const titleOf = (name: string) =>
  titles[name] ?? `What a job under the profile "${name}" reaches beside what every job does.`;

/** The lines of the golden list `name`; none where it does not exist. */
export async function golden(name: string): Promise<string[]> {
  try {
    return goldenLines(await Deno.readTextFile(new URL(`${name}.txt`, folder)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The differences to be read; undefined where there is none. */
export async function check({ groups }: Groups, found: Found): Promise<string | undefined> {
  const texts: string[] = [];
  for (const [name, lines] of Object.entries(found)) {
    const apart = difference(await golden(name), listed(groups, lines));
    const text = differenceText(groups, name, apart);
    if (text !== undefined) texts.push(text);
  }
  return texts.length === 0 ? undefined : texts.join("\n");
}

/** Writes every list. Returns the paths. */
export async function write({ groups }: Groups, found: Found): Promise<string[]> {
  const paths: string[] = [];
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, all] of Object.entries(found)) {
    const lines = listed(groups, all);
    refuseStrays(groups, lines);
    const path = new URL(`${name}.txt`, folder);
    await Deno.writeTextFile(path, goldenText(groups, titleOf(name), lines));
    paths.push(`tests/census/golden/${name}.txt`);
  }
  return paths;
}
