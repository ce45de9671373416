// The submissions of the grader's day: C++ as contestants write it, with the verdict that the author
// of each intends in its first line.

import { projectRoot } from "../../helpers/agent.ts";

/** Right, wrong, too slow, too much memory, ended badly, too much output, does not compile. */
export const verdicts = ["AC", "WA", "TLE", "MLE", "RE", "OLE", "CE"] as const;

/** What a grader says of a submission. */
export type Verdict = (typeof verdicts)[number];

/** One submission. */
export interface Submission {
  readonly name: string;
  /** Name of its problem. */
  readonly problem: string;
  readonly code: string;
  /** What its author intends. */
  readonly intends: Verdict;
}

/** All submissions, by name. */
export async function submissions(): Promise<Submission[]> {
  const directory = `${projectRoot}tests/fixtures/grader`;
  const found: Submission[] = [];
  for await (const { name: file } of Deno.readDir(directory)) {
    const code = await Deno.readTextFile(`${directory}/${file}`);
    const intends = verdicts.find((verdict) => code.startsWith(`// ${verdict}: `));
    if (intends === undefined) throw new Error(`"${file}" does not begin with a verdict`);
    const name = file.replace(".cpp", "");
    found.push({ name, problem: name.split("_")[0], code, intends });
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}
