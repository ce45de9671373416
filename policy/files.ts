// Reads and writes the folder of generated files, and nothing outside of it.
//
// The folder holds generated files only: one that the policy no longer asks for is a difference
// too, and is removed.

import { join } from "node:path";

const folder = new URL(".", import.meta.url).pathname;

/** The policy that the task works on. */
export const POLICY_FILE = join(folder, "policy.jsonc");
const GENERATED = join(folder, "generated");
const BOOT = join(folder, "boot");
const SCHEMA = join(folder, "policy.schema.json");

/** Paths below policy/ of all files that the task writes, with their content. */
export type Files = ReadonlyMap<string, string>;

/** The boot programs of warm interpreters, by file name. */
export async function bootPrograms(): Promise<Map<string, string>> {
  const boots = new Map<string, string>();
  for await (const { name } of Deno.readDir(BOOT)) {
    boots.set(name, await Deno.readTextFile(join(BOOT, name)));
  }
  return boots;
}

/** How the disk differs from `wanted`: "stale", "missing" or "left over" for each path, sorted. */
export async function differences(wanted: Files): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [path, content] of wanted) {
    const present = await readIfThere(join(folder, path));
    if (present === undefined) found.set(path, "missing");
    else if (present !== content) found.set(path, "stale");
  }
  for await (const entry of Deno.readDir(GENERATED)) {
    const path = `generated/${entry.name}`;
    if (!wanted.has(path)) found.set(path, "left over");
  }
  return new Map([...found].toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** Makes the disk agree with `wanted`. Returns what was changed, as `differences` names it. */
export async function write(wanted: Files): Promise<Map<string, string>> {
  await Deno.mkdir(GENERATED, { recursive: true });
  const changed = await differences(wanted);
  for (const path of changed.keys()) {
    const content = wanted.get(path);
    if (content === undefined) await Deno.remove(join(folder, path));
    else await Deno.writeTextFile(join(folder, path), content);
  }
  return changed;
}

/** The paths as the task knows them, from what `generate` and `schemaFile` return. */
export function allFiles(generated: ReadonlyMap<string, string>, schema: string): Files {
  const files = new Map([...generated].map(([name, text]) => [`generated/${name}`, text]));
  return files.set(SCHEMA.slice(folder.length), schema);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
