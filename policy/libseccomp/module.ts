// Finds the libseccomp module in the cache, or builds it there.
//
// The module is never committed: it is made from a pinned source by a pinned recipe, so that
// anybody can make it again. Its name in the cache contains both, and a module made from anything
// else is never picked up.

import { join } from "node:path";
import { build, RECIPE } from "./build.ts";
import { CHECKSUMS, fetchSource, sha256 } from "./source.ts";
import { ensureTools } from "./tools.ts";

/** `$XDG_CACHE_HOME/sallyport`, or ~/.cache/sallyport. */
export function cacheDirectory(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") || join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  return join(base, "sallyport");
}

/** Where the module of this recipe lies, whether or not it is there. */
export async function modulePath(): Promise<string> {
  const key = await sha256(new TextEncoder().encode(RECIPE + JSON.stringify(CHECKSUMS)));
  return join(cacheDirectory(), `libseccomp-${key.slice(0, 16)}.wasm`);
}

/** True when `loadModule` would not have to build anything. */
export async function moduleIsCached(): Promise<boolean> {
  return await readIfThere(await modulePath()) !== undefined;
}

/**
 * Reads the module, building it first where the cache has none.
 *
 * @throws Error that says what to install when the build tools are missing
 */
export async function loadModule(): Promise<WebAssembly.Module> {
  const path = await modulePath();
  const bytes = await readIfThere(path) ?? await buildInto(path);
  return await WebAssembly.compile(bytes);
}

async function buildInto(path: string): Promise<Uint8Array<ArrayBuffer>> {
  await ensureTools();
  console.error(`Building libseccomp into "${path}"`);
  await Deno.mkdir(cacheDirectory(), { recursive: true });
  // Beside the result, so that the last step is a rename and two builds cannot mix.
  const dir = await Deno.makeTempDir({ dir: cacheDirectory(), prefix: "build-" });
  try {
    const output = join(dir, "seccomp.wasm");
    await build(await fetchSource(dir), dir, output);
    const bytes = await Deno.readFile(output);
    await Deno.rename(output, path);
    return bytes;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return undefined;
    throw error;
  }
}
