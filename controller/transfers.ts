// `putDirectory` and `getDirectory`, loaded when the first directory is transferred: what reads and
// writes files takes longer to load than all the rest of the library.

import type { DirectoryClient, FetchOptions, TransferOptions, Transferred } from "./directories.ts";

/**
 * Writes a directory of this machine, with all that is in it, into the sandbox directory.
 *
 * @param to A path below the sandbox directory; "." is itself.
 * @throws {RequestError} The agent refused one of them; those before it are there.
 */
export async function putDirectory(
  client: DirectoryClient,
  from: string,
  to: string,
  options: TransferOptions = {},
): Promise<Transferred> {
  const { putDirectory } = await import("./directories.ts");
  return await putDirectory(client, from, to, options);
}

/**
 * Fetches a directory of the sandbox directory, with all that is in it, into one of this machine. It
 * is made if it is missing; what is in it stays, but for files of the same names.
 *
 * @param from A path below the sandbox directory; "." is itself.
 * @throws {RequestError} The agent refused one of them; those before it are there.
 * @throws {Error} Something on this machine is in the way, or there is more than `maxBytes`.
 */
export async function getDirectory(
  client: DirectoryClient,
  from: string,
  to: string,
  options: FetchOptions = {},
): Promise<Transferred> {
  const { getDirectory } = await import("./directories.ts");
  return await getDirectory(client, from, to, options);
}
