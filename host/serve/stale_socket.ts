// Removes a Unix socket on which nobody listens any more, and nothing else.

/** @throws Error if somebody listens there, or if something else has the name */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = await Deno.lstat(path).catch(() => null);
  if (found === null) return;
  if (!found.isSocket) throw new Error(`Cannot listen on unix:${path}: it is no socket`);
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch {
    return await Deno.remove(path);
  }
  throw new Error(`Cannot listen on unix:${path}: somebody does`);
}
