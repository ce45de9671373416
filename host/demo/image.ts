// The guest's image for the demo: made here if none was given.

import { buildImage } from "../../image/build_image.ts";
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

/** Builds an image with the demo's languages, which takes a minute the first time. */
export async function demoImage(): Promise<DemoImage> {
  const { arch } = Deno.build;
  const kernel = await debianKernel(arch);
  const languages = Object.keys(programs);
  const content: GuestContent = { arch, agent: await agentFor(arch), languages, kernel };
  const kind = findProgram("mkfs.erofs") === null ? undefined : "erofs";
  const { initrd, disk, diskInitrd } = await buildImage(
    content,
    `${cacheDirectory}/demo`,
    "guest",
    kind,
  );
  if (disk === undefined) return { image: { kernel: kernel.image, initrd }, memoryMib: MEMORY_MIB };
  return { image: { kernel: kernel.image, initrd: diskInitrd, disk }, memoryMib: DISK_MIB };
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
