// Checks what a job is to see of the guest's /etc: each path once, none of the sandbox's own, and no
// pattern that shows what nobody has named.

import { isAtOrBelow } from "../../linux/path_pattern.ts";
import type { Problems } from "./problem.ts";
import type { ReadPolicy } from "./read_policy.ts";

/** What the sandbox writes itself: see sandbox/identity.ts. */
const own = ["passwd", "group", "hosts", "hostname", "resolv.conf", "nsswitch.conf"]
  .map((name) => `/etc/${name}`);

/** A pattern with fewer letters before its "*" would show what its author does not know of. */
const LEAST_LETTERS = 3;

/** Adds what is wrong with `etc`. */
export function checkEtcPaths({ policy, source }: ReadPolicy, problems: Problems): void {
  const { etc } = policy.hardening;
  const all = etc.flatMap(({ paths }, entry) =>
    paths.map((path, index) => ({ path, entry, index }))
  );
  for (const [place, { path, entry, index }] of all.entries()) {
    const others = all.filter((_, other) => other !== place).map((other) => other.path);
    const wrong = wrongWith(path, others);
    if (wrong === null) continue;
    const at = source.at(["hardening", "etc", entry, "paths", index]);
    problems.add(at, `Cannot show "${path}": ${wrong}`);
  }
}

function wrongWith(path: string, others: readonly string[]): string | null {
  const names = path.split("/").slice(2);
  if (names.some((name) => name === "" || name === "." || name === "..")) {
    return 'give the whole path, without ".", ".." and a slash at its end';
  }
  const broad = names.find((name) => name.includes("*") && name.indexOf("*") < LEAST_LETTERS);
  if (broad !== undefined) {
    return `"${broad}" says too little; begin it with ${LEAST_LETTERS} letters, or name each file`;
  }
  const mine = own.find((file) => isAtOrBelow(file, path));
  if (mine !== undefined) return `the sandbox has a "${mine}" of its own; remove it`;
  const wider = others.find((other) => isAtOrBelow(path, other));
  return wider === undefined ? null : `"${wider}" is in the list and shows it; remove one`;
}
