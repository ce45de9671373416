// The guest's image for the demo: made here if none was given, once for the same sources. It is never
// written over: guests may be running from it.

import { buildImage, imageKey } from "../../image/build_image.ts";
import { denoRuntime } from "../../image/deno_runtime.ts";
import type { GuestContent } from "../../image/guest_tree.ts";
import { debianKernel } from "../../image/kernel.ts";
import { RuntimeMissing } from "../../scripts/build/compile_agent.ts";
import { ensureAgent, ensureBundle } from "../../scripts/build/ensure_agent.ts";
import { findProgram } from "../../scripts/tools/command.ts";
import { cacheDirectory } from "../../scripts/tools/paths.ts";
import type { GuestImage } from "../machine/options.ts";
import { programs } from "./programs.ts";

/** An image, and the memory of a guest that boots it. */
export interface DemoImage {
  readonly image: GuestImage;
  readonly memoryMib: number;
}

/** What a guest needs whose files are on a disk, and one that has them in memory. */
const DISK_MIB = 384, MEMORY_MIB = 1024;
/** How long an image of other sources may still be somebody's. */
const DAY_MS = 86_400_000;

/** Builds an image with the demo's languages, which takes a minute the first time. */
export async function demoImage(): Promise<DemoImage> {
  const { arch } = Deno.build;
  const kernel = await debianKernel(arch);
  const languages = Object.keys(programs);
  const content: GuestContent = { arch, agent: await agentFor(arch), languages, kernel };
  const kind = findProgram("mkfs.erofs") === null ? undefined : "erofs";
  const directory = `${cacheDirectory}/demo/${await imageKey(content)}-${kind ?? "no-disk"}`;
  await buildOnce(directory, (into) => buildImage(content, into, "guest", kind));
  const base = `${directory}/guest`;
  if (kind === undefined) {
    return { image: { kernel: kernel.image, initrd: `${base}.cpio` }, memoryMib: MEMORY_MIB };
  }
  const [initrd, disk] = [`${base}-boot.cpio`, `${base}.${kind}`];
  return { image: { kernel: kernel.image, initrd, disk }, memoryMib: DISK_MIB };
}

/** Makes a directory that appears whole, unless it is there; and removes others of more than a day. */
async function buildOnce(directory: string, build: (into: string) => Promise<unknown>) {
  if (await Deno.stat(directory).then(() => true, () => false)) return;
  const all = directory.slice(0, directory.lastIndexOf("/"));
  const made = `${directory}.${Deno.pid}`;
  await Deno.mkdir(made, { recursive: true });
  try {
    for await (const { name } of Deno.readDir(all)) {
      const { mtime } = await Deno.stat(`${all}/${name}`);
      const isOld = mtime !== null && Date.now() - mtime.getTime() > DAY_MS;
      if (isOld) await Deno.remove(`${all}/${name}`, { recursive: true });
    }
    await build(made);
    await Deno.rename(made, directory);
  } catch (error) {
    await Deno.remove(made, { recursive: true });
    // Another may have been first: then it is there.
    if (!await Deno.stat(directory).then(() => true, () => false)) throw error;
  }
}

/** The compiled agent, or where it cannot be compiled the bundled one with Deno beside it. */
async function agentFor(arch: GuestContent["arch"]): Promise<GuestContent["agent"]> {
  try {
    return (await ensureAgent(arch)).path;
  } catch (error) {
    if (!(error instanceof RuntimeMissing)) throw error;
    return { bundle: (await ensureBundle()).path, deno: await denoRuntime(arch) };
  }
}
