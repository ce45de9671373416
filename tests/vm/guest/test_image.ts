// The image that the tests boot, for each processor: its contents, and whether it must be rebuilt.

import { RuntimeMissing, runtimeVariable } from "../../../scripts/build/compile_agent.ts";
import { ensureAgent, ensureBundle } from "../../../scripts/build/ensure_agent.ts";
import { findProgram } from "../../../scripts/tools/command.ts";
import { cacheDirectory, root } from "../../../scripts/tools/paths.ts";
import { buildImage, imageKey } from "../../../image/build_image.ts";
import { denoPath, denoRuntime } from "../../../image/deno_runtime.ts";
import type { GuestContent } from "../../../image/guest_tree.ts";
import { debianKernel } from "../../../image/kernel.ts";

/** A built image. */
export interface TestImage {
  content: GuestContent;
  manifest: string;
  kernel: string;
  initrd: string;
  /** The same image as a disk, and what starts it. Absent where the disk's tool is missing. */
  disk?: string;
  diskInitrd?: string;
  languages: readonly string[];
  /** The program that PID 1 must be after the boot. */
  agentProgram: string;
  /** The form in which it was built, for the report. */
  form: string;
}

/**
 * Languages of each image. The foreign one has all languages that Debian has, because nothing else
 * tests them on that processor.
 */
const languages = {
  x86_64: ["python", "sh", "perl"],
  aarch64: ["python", "sh", "perl", "ruby", "node"],
} as const;

/**
 * The compiled agent. Where there is no runtime to compile with, the bundled agent with Deno's
 * ordinary executable. For another processor than this machine's, a runtime must be named: fetching
 * one only for a test costs too much.
 */
async function agentFor(
  arch: GuestContent["arch"],
  entry: string | undefined,
  out: string | undefined,
): Promise<GuestContent["agent"]> {
  const variable = runtimeVariable(arch);
  if (arch === Deno.build.arch || Deno.env.has(variable)) {
    try {
      return (await ensureAgent(arch, entry, out)).path;
    } catch (error) {
      if (Deno.env.has(variable) || !(error instanceof RuntimeMissing)) throw error;
      console.log(
        `Deno's runtime for compiled programs cannot be fetched, and ${variable} names none:` +
          " the guest gets the bundled agent, and Deno beside it",
      );
    }
  }
  return { bundle: (await ensureBundle(entry, out)).path, deno: await denoRuntime(arch) };
}

/**
 * The image for the present sources, from the cache if it was built before: the usual one, or with
 * other languages and the patient agent. One of each kind is kept.
 */
export async function testImage(
  arch: GuestContent["arch"],
  others?: readonly string[],
): Promise<TestImage> {
  const kernel = await debianKernel(arch);
  const usual = others === undefined;
  const agent = usual
    ? await agentFor(arch, undefined, undefined)
    : await agentFor(arch, `${root}/tests/vm/guest/patient_agent.ts`, `${cacheDirectory}/patient`);
  const content: GuestContent = { arch, agent, languages: others ?? languages[arch], kernel };
  const directory = `${cacheDirectory}/vm-${arch}${usual ? "" : "-languages"}`;
  const disk = findProgram("mkfs.erofs") === null ? undefined : "erofs";
  const name = `guest-${await imageKey(content)}${disk === undefined ? "-no-disk" : ""}`;
  if (!await Deno.stat(`${directory}/${name}.manifest`).then(() => true, () => false)) {
    await Deno.remove(directory, { recursive: true }).catch(() => {});
    await buildImage(content, directory, name, disk);
  }
  const compiled = typeof agent === "string";
  return {
    content,
    manifest: `${directory}/${name}.manifest`,
    kernel: kernel.image,
    initrd: `${directory}/${name}.cpio`,
    ...disk === undefined ? {} : {
      disk: `${directory}/${name}.${disk}`,
      diskInitrd: `${directory}/${name}-boot.cpio`,
    },
    languages: content.languages,
    agentProgram: compiled ? "/init" : `/${denoPath}`,
    form: compiled ? "compiled agent" : "bundled agent with Deno",
  };
}
