// The table of promises in SECURITY.md, as a test reads it.

/** One row. */
export interface Promised {
  readonly promise: string;
  /** The files that attack it, below the project's root. */
  readonly files: readonly string[];
  readonly tries: string;
}

const heading = "## Each promise, and what attacks it";

/** The rows that name a file. The others are headings. */
export function promisesOf(paper: string): Promised[] {
  const from = paper.indexOf(heading);
  if (from < 0) throw new Error(`SECURITY.md has no "${heading}"`);
  const section = paper.slice(from + heading.length).split("\n## ")[0];
  return section.split("\n").filter((line) => line.startsWith("|")).slice(2).flatMap((line) => {
    const [promise, tests, tries] = line.split("|").slice(1).map((cell) => cell.trim());
    const files = [...tests.matchAll(/`([^`]+)`/g)].map(([, file]) => file);
    if (files.length === 0 && !promise.startsWith("**")) {
      throw new Error(`SECURITY.md promises "${promise}", and names no test`);
    }
    return files.length === 0 ? [] : [{ promise, files, tries }];
  });
}

/** What is wrong with the numbers of a row, given the names of the tests by file. */
export function wrongWith(
  { promise, files, tries }: Promised,
  names: Readonly<Record<string, readonly string[]>>,
): string[] {
  const wrong: string[] = [];
  const counted = files.filter((file) => file in names);
  const own = counted.flatMap((file) => names[file]);
  const parts = tries.split(";").map((part) => part.trim());
  if (counted.length > 0 && !parts.some((part) => /^\d+ tests?\b/.test(part))) {
    wrong.push(`"${promise}": how many tests?`);
  }
  for (const part of parts) {
    const [said, number, unit] = /^([\d,]+) ([^,]+)/.exec(part) ?? [];
    if (said === undefined || /\bprinted\b|\bby `/.test(part)) continue;
    if (/^tests?$/.test(unit)) {
      if (Number(number) !== own.length) {
        wrong.push(`"${promise}": "${said}", but ${counted.join(", ")}: ${own.length}`);
      }
      continue;
    }
    const word = `${number.replaceAll(",", "")} ${unit.split(" ").slice(0, 2).join(" ")}`;
    if (!own.some((name) => ` ${name.replace(/(\d),(\d)/g, "$1$2")}`.includes(` ${word}`))) {
      wrong.push(`"${promise}": "${said}" is in no test's name`);
    }
  }
  return wrong;
}
