// Counts what `deno test` reported, and names every test that did not run.
//
// Three sources must agree: deno's last line, its JUnit file (which names ignored tests), and the
// lines `SKIPPED: TEST: WHY` that a test prints. An unreadable source counts as a failure, never as
// nothing.

/** The counts of a whole run. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** One test that did not run. `late`: it began, found something missing and stopped. */
export interface Skip {
  name: string;
  why: string;
  late: boolean;
}

// deno-lint-ignore no-control-regex -- colours are control characters
const colours = /\x1b\[[0-9;]*m/g;

/** The counts in deno's last line. A run that failed without saying so has one failure. */
export function readSummary(
  lines: readonly string[],
  exitCode: number,
): { passed: number; failed: number; ignored: number } {
  const counts = { passed: 0, failed: 0, ignored: 0 };
  const last = lines.findLast((line) =>
    /^(ok|FAILED) \| \d+ passed/.test(line.replace(colours, ""))
  );
  for (const kind of ["passed", "failed", "ignored"] as const) {
    const found = new RegExp(`\\| (\\d+) ${kind}`).exec((last ?? "").replace(colours, ""));
    if (found !== null) counts[kind] = Number(found[1]);
  }
  if (exitCode !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** Names of the tests (not the steps) that deno's JUnit file marks as skipped. */
export function readSkips(junit: string): string[] {
  const names: string[] = [];
  const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
  for (const [, name] of junit.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped\/>/g)) {
    const plain = name.replace(/&(\w+);/g, (all, entity) => entities[entity] ?? all);
    if (!plain.includes(" > ")) names.push(plain);
  }
  return names;
}

/** Whether deno's JUnit file has a test (not a step) of that name. */
export function hasTest(junit: string, name: string): boolean {
  const escaped = name.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;").replace(/'/g, "&apos;");
  return junit.includes(`<testcase name="${escaped}"`);
}

/** The skips that no line of `list` (one name per line, `#` for comments) allows. */
export function unexpected(skips: readonly Skip[], list: string): string[] {
  const allowed = new Set(
    list.split("\n").map((line) => line.trim()).filter((line) => line !== "" && line[0] !== "#"),
  );
  return skips.map((skip) => skip.name).filter((name) => !allowed.has(name));
}

/** The last line of the output. */
export function sumLine(counts: Counts): string {
  const skipped = counts.skipped === 0 ? "" : `, ${counts.skipped} skipped`;
  return `${counts.passed} passed, ${counts.failed} failed${skipped}`;
}

/**
 * The `SKIPPED: TEST: WHY` lines of a run. Both the test's name and the reason may contain colons.
 */
export class Skips {
  readonly #said = new Set<string>();

  /** A transformer that passes on its chunks unchanged and calls `see` with each whole line. */
  lines(see: (line: string) => void): Transformer<string, string> {
    let rest = "";
    const look = (line: string) => {
      see(line);
      const found = /^SKIPPED: (.+: .+)$/.exec(line.replace(colours, ""));
      if (found !== null) this.#said.add(found[1]);
    };
    return {
      transform: (chunk, controller) => {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop()!;
        lines.forEach(look);
        controller.enqueue(chunk);
      },
      flush: () => look(rest),
    };
  }

  /**
   * Returns every skip once: those that deno ignored, with the reason they printed, and those that
   * only printed one.
   *
   * @param isTest Whether a test of that name ran. Separates the name from the reason of a late
   * skip.
   */
  join(ignored: readonly string[], isTest: (name: string) => boolean): Skip[] {
    const said = new Set(this.#said);
    const early = ignored.map((name) => {
      const line = [...said].find((text) => text.startsWith(`${name}: `));
      if (line === undefined) return { name, why: "no reason given", late: false };
      said.delete(line);
      return { name, why: line.slice(name.length + 2), late: false };
    });
    const late = [...said].map((text) => {
      const words = text.split(": ");
      const cuts = words.map((_, index) => words.slice(0, index).join(": "));
      const name = cuts.findLast(isTest) ?? cuts[Math.min(2, words.length - 1)];
      return { name, why: text.slice(name.length + 2), late: true };
    });
    return [...early, ...late];
  }
}
