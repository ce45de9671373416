// The shape of a suite: programs of one language that this project did not write, and how to tell
// that each passed.

/** Stands for the output that a program has outside a sandbox. */
export const asOutside = Symbol("as outside");

/** One program. */
export interface SuiteCase {
  readonly name: string;
  /** At most 64 KiB. */
  readonly code: string | Uint8Array;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Files of the sandbox directory, by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /**
   * Standard output as its authors expect it, for suites that compare it; or `asOutside` where they
   * say nothing of it.
   */
  readonly expects?: string | typeof asOutside;
}

/** How a program ended. */
export interface SuiteOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** All programs of one language. */
export interface Suite {
  readonly language: string;
  readonly from: string;
  /** The programs, or the reason why there are none here. */
  cases(): Promise<readonly SuiteCase[] | string>;
  /** How many tests passed; null if one did not. */
  passed(outcome: SuiteOutcome, program: SuiteCase): number | null;
  /** Programs that fail under every profile: cause, and their names with blanks between. */
  readonly fails: Readonly<Record<string, string>>;
  /** Programs that are left out: see outside.ts. */
  readonly outside?: string;
  /** How many of the programs run when not all are asked for; all when left out. */
  readonly sample?: number;
  /** The minimum number of programs that must pass: of the sample, and of all. */
  readonly atLeast: { readonly sample: number; readonly all: number };
}

/** `count` of the programs, spread evenly over the list; always the same ones. */
export function sampleOf<T>(all: readonly T[], count = all.length): readonly T[] {
  if (count >= all.length) return all;
  return Array.from({ length: count }, (_, i) => all[Math.floor(i * all.length / count)]);
}

/** The programs of a suite that are worth running, or why there are none here. */
export async function casesOf(suite: Suite): Promise<readonly SuiteCase[] | string> {
  const cases = await suite.cases();
  const left = new Set(suite.outside?.split(/\s+/));
  return typeof cases === "string" ? cases : cases.filter(({ name }) => !left.has(name));
}

/** Whether there is something at `path`. */
export const isThere = (path: string): Promise<boolean> =>
  Deno.stat(path).then(() => true, () => false);

/** Orders programs by name, so that a sample is the same on every machine. */
export function byName(cases: readonly SuiteCase[]): SuiteCase[] {
  return cases.toSorted((a, b) => a.name < b.name ? -1 : 1);
}

/** Names of the files of a directory for which `is` holds, in order. */
export async function namesIn(directory: string, is: RegExp): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(directory)) if (is.test(name)) names.push(name);
  return names.toSorted();
}

/** For programs that say by their exit code alone whether they passed. */
export function exitsWithZero({ exitCode }: SuiteOutcome): number | null {
  return exitCode === 0 ? 1 : null;
}

/** For programs whose output is compared with what their authors expect. */
export function printsExpected(outcome: SuiteOutcome, { expects }: SuiteCase): number | null {
  return typeof expects === "string" && outcome.stdout.trimEnd() === expects.trimEnd() ? 1 : null;
}
