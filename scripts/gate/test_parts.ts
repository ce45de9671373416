// The parts of the project that `deno test` runs one after another, and what each is told.
//
// controller/mcp has packages of its own, so its deno.json is not the project's.

import { relative, resolve } from "node:path";

/** One `deno test`. */
export interface TestPart {
  /** Where it runs: below the root of the project, "" for the root itself. */
  readonly folder: string;
  readonly args: readonly string[];
}

/** Folders not searched for tests when no file is named. Deno itself finds `*_test.ts` in the rest. */
const left = ["controller/mcp", "tests/vm", "tests/fixtures", "policy/generated", ".cache", "dist"];

const parts: readonly TestPart[] = [
  { folder: "", args: [`--ignore=${left.join(",")}`] },
  // Its tests have the client's packages too.
  { folder: "controller/mcp", args: ["--frozen", "--lock=testing/deno.lock"] },
];

function isWithin(folder: string, path: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

/**
 * What to run for the files and folders that were named; everything if none was.
 *
 * @param root The root of the project, against which names are resolved.
 */
export function partsFor(names: readonly string[], root: string): TestPart[] {
  if (names.length === 0) return [...parts];
  const paths = names.map((name) => relative(root, resolve(root, name)));
  const [whole, own] = parts;
  const inOwn = paths.filter((path) => isWithin(own.folder, path));
  const inWhole = paths.filter((path) => !inOwn.includes(path));
  const around = inWhole.some((path) => isWithin(path, own.folder));
  return [
    ...(inWhole.length > 0 ? [{ ...whole, args: [...whole.args, ...inWhole.map(orHere)] }] : []),
    ...(around
      ? [own]
      : inOwn.length > 0
      ? [{ ...own, args: [...own.args, ...inOwn.map((path) => relative(own.folder, path) || ".")] }]
      : []),
  ];
}

function orHere(path: string): string {
  return path || ".";
}
