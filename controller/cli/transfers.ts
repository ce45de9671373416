// `run --put` and `run --get`: files and directories between this machine and a run's sandbox.

import { type Client, getDirectory, type Progress, putDirectory } from "../client.ts";
import { RequestError } from "../errors.ts";
import { formatSize } from "./quantities.ts";
import type { Transfer } from "./run_arguments.ts";
import { say } from "./terminal.ts";

/** Brings files and directories into the sandbox. */
export async function putAll(client: Client, transfers: readonly Transfer[]): Promise<void> {
  for (const { file, path } of transfers) {
    const { isDirectory, mode } = await Deno.stat(file);
    if (isDirectory) {
      const { skipped } = await shown(
        `put ${file}`,
        (onProgress) => putDirectory(client, file, path, { onProgress }),
      );
      sayLeftOut(file, skipped);
    } else {
      await client.put(path, await Deno.readFile(file), { mode: (mode ?? 0o644) & 0o777 });
    }
  }
}

/**
 * Fetches files and directories from the sandbox. One that cannot be had is said on standard error.
 *
 * @returns The errors, by the path that was asked for.
 */
export async function getAll(
  client: Client,
  transfers: readonly Transfer[],
): Promise<Record<string, string>> {
  const failed: Record<string, string> = {};
  for (const { path, file } of transfers) {
    try {
      await getOne(client, path, file);
    } catch (error) {
      failed[path] = error instanceof Error ? error.message : String(error);
      say(`sallyport: cannot fetch "${path}": ${failed[path]}\n`);
    }
  }
  return failed;
}

async function getOne(client: Client, path: string, file: string): Promise<void> {
  try {
    if (path !== ".") return await Deno.writeFile(file, await client.get(path));
  } catch (error) {
    const isFile = !(error instanceof RequestError && error.code === "not_found");
    if (isFile || !await isDirectory(client, path)) throw error;
  }
  const { skipped } = await shown(
    `get ${path}`,
    (onProgress) => getDirectory(client, path, file, { onProgress }),
  );
  sayLeftOut(path, skipped);
}

/** Only a directory can be listed. */
async function isDirectory(client: Client, path: string): Promise<boolean> {
  return await client.list(path).then(() => true, () => false);
}

function sayLeftOut(directory: string, skipped: readonly string[]): void {
  const why = "no file, a link that leads outside, or a name that no request can say";
  for (const path of skipped) {
    say(`sallyport: left out of "${directory}": "${printable(path)}": ${why}\n`);
  }
}

/** A name that a stranger chose: what would move the cursor is shown as its escape. */
export function printable(name: string): string {
  // deno-lint-ignore no-control-regex
  return name.replace(/[\x00-\x1f\x7f-\x9f]/g, (sign) => {
    return `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** Shows a bar while `work` goes on, where standard error is a terminal. */
async function shown<Result>(
  what: string,
  work: (onProgress?: (progress: Progress) => void) => Promise<Result>,
): Promise<Result> {
  if (!Deno.stderr.isTerminal()) return await work();
  let last = 0;
  try {
    return await work((progress) => {
      const now = performance.now();
      if (now - last < 50 && progress.files < progress.totalFiles) return;
      last = now;
      say(`\r\x1b[2K${bar(what, progress)}`);
    });
  } finally {
    say("\r\x1b[2K");
  }
}

const barWidth = 20;

/** "put src [#####---------------] 250/1000 files, 1.2 MiB". */
export function bar(what: string, { files, totalFiles, bytes }: Progress): string {
  const full = Math.floor(barWidth * files / Math.max(1, totalFiles));
  const drawn = "#".repeat(full) + "-".repeat(barWidth - full);
  return `${what} [${drawn}] ${files}/${totalFiles} files, ${formatSize(bytes)}`;
}
