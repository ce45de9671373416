// Checks what a job is to see of the guest: whole paths, each once, and none where the sandbox has
// something of its own. And that every program of a language is among them.

import type { Problems } from "./problem.ts";
import type { ReadPolicy } from "./read_policy.ts";

/** What the sandbox makes for itself: see sandbox/layout.ts. */
const own = ["/proc", "/dev", "/tmp", "/sandbox"];

/** Whether `path` is `directory` or below it. */
function isIn(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** Adds what is wrong with `read_only_paths`, and with the languages' programs beside them. */
export function checkShownPaths({ policy, source }: ReadPolicy, problems: Problems): void {
  const paths = policy.hardening.read_only_paths;
  for (const [index, path] of paths.entries()) {
    const wrong = wrongWith(path, paths.filter((_, other) => other !== index));
    if (wrong === null) continue;
    problems.add(
      source.at(["hardening", "read_only_paths", index]),
      `Cannot show "${path}": ${wrong}`,
    );
  }
  for (const [name, { argv, build }] of Object.entries(policy.languages)) {
    const programs = [[["argv"], argv[0]], [["build", "argv"], build?.argv[0]]] as const;
    for (const [keys, program] of programs) {
      if (!program?.startsWith("/") || paths.some((path) => isIn(program, path))) continue;
      problems.add(
        source.at(["languages", name, ...keys]),
        `Cannot execute "${program}": a job does not see it; add its directory to "read_only_paths"`,
      );
    }
  }
}

function wrongWith(path: string, others: readonly string[]): string | null {
  const parts = path.split("/").slice(1);
  if (parts.some((part) => part === "" || part === "." || part === "..")) {
    return 'give the whole path of a directory, without ".", ".." and a slash at its end';
  }
  if (isIn(path, "/etc")) return 'name what jobs need of /etc in "etc", each with its why';
  const mine = own.find((directory) => isIn(path, directory));
  if (mine !== undefined) return `the sandbox has a "${mine}" of its own`;
  const wider = others.find((other) => isIn(path, other));
  return wider === undefined ? null : `"${wider}" is in the list and shows it; remove one`;
}
