// `sallyport put`, `get` and `ls`: files of a sandbox, one connection each.

import type { FileEntry } from "../protocol/protocol.ts";
import { connect } from "./client.ts";
import { baseName } from "./run_arguments.ts";
import { writeOut } from "./terminal.ts";

/** Writes `file` into a new sandbox, with its permission bits. */
export async function putCommand(target: string, file: string, path?: string): Promise<number> {
  const content = await Deno.readFile(file);
  const { mode } = await Deno.stat(file);
  await using client = await connect(target);
  await client.put(path ?? baseName(file), content, { mode: (mode ?? 0o644) & 0o777 });
  return 0;
}

/** Reads a file of a new sandbox to `file`, or to standard output. */
export async function getCommand(target: string, path: string, file = "-"): Promise<number> {
  await using client = await connect(target);
  const content = await client.get(path);
  if (file === "-") await writeOut(Deno.stdout, content);
  else await Deno.writeFile(file, content);
  return 0;
}

/** Lists a directory of a new sandbox. */
export async function lsCommand(
  target: string,
  path: string | undefined,
  json: boolean,
): Promise<number> {
  await using client = await connect(target);
  const { entries, truncated } = await client.list(path === "." ? undefined : path);
  const lines = json ? [JSON.stringify({ entries, truncated })] : entries.map(describeEntry);
  if (lines.length > 0) console.log(lines.join("\n"));
  if (truncated && !json) console.error("sallyport: there are more entries than fit");
  return 0;
}

const kinds: Readonly<Record<FileEntry["kind"], string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  other: "?",
};

/** One line of `ls`: kind, mode, size, name. What would move the cursor is shown as its escape. */
export function describeEntry({ name, kind, size, mode }: FileEntry): string {
  // deno-lint-ignore no-control-regex
  const shown = name.replace(/[\x00-\x1f\x7f-\x9f]/g, (sign) => {
    return `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `${kinds[kind]} ${mode.toString(8).padStart(4, "0")} ${
    String(size).padStart(10)
  } ${shown}`;
}
