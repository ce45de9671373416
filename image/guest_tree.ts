// Builds the guest's file system: base, agent, languages, libraries, modules.
//
// The guest contains only what is named here: no shell unless a language is one, no package
// manager, nothing setuid.

import { debianArchitecture } from "./packages/archive.ts";
import { buildStub } from "./boot_stub.ts";
import { Collector } from "./collect.ts";
import {
  bundleCommand,
  bundleEnvironment,
  bundlePath,
  denoPath,
  type DenoRuntime,
  denoRuntime,
} from "./deno_runtime.ts";
import { FileTree } from "./file_tree.ts";
import { addModules, type Kernel } from "./kernel.ts";
import { contentsFor, only } from "./packages/content.ts";
import { baseLibraries, basePackages, languageNamed } from "./packages/languages.ts";
import type { Package } from "./packages/packages.ts";
import { compilePython } from "./python_cache.ts";

/** What a guest is built from. */
export interface GuestContent {
  arch: "x86_64" | "aarch64";
  /** Path of the compiled agent, or the bundled one with the Deno that runs it. */
  agent: string | BundledAgent;
  /** Names of languageContents. */
  languages: readonly string[];
  /** The kernel whose modules are needed. Absent for a kernel with everything built in. */
  kernel?: Kernel;
}

/** The agent as one file of JavaScript. */
export interface BundledAgent {
  /** Path of the bundle. */
  bundle: string;
  deno: DenoRuntime;
}

/** Returns the guest's tree and the packages it comes from. */
export async function guestTree(
  content: GuestContent,
): Promise<{ tree: FileTree; packages: Package[] }> {
  const tree = new FileTree();
  addBase(tree);
  await addAgent(tree, content);
  const collector = new Collector(debianArchitecture(content.arch));
  await addLanguages(tree, collector, content);
  if (content.kernel !== undefined) await addModules(tree, content.kernel);
  return { tree, packages: collector.used };
}

/** The languages, and the libraries that their files and the agent name. */
export async function addLanguages(
  tree: FileTree,
  collector: Collector,
  { arch, languages }: Pick<GuestContent, "arch" | "languages">,
): Promise<void> {
  const contents = languages.flatMap((name) =>
    contentsFor(languageNamed(name), debianArchitecture(arch))
  );
  for (const content of contents) await collector.addContent(tree, content);
  await collector.addContent(tree, only("libc-bin", /usr\/lib\/locale\/C\.utf8\//));
  if (contents.some(({ deno }) => deno) && !tree.has(denoPath)) {
    const { path, origin } = await denoRuntime(arch);
    tree.file(denoPath, await Deno.readFile(path), 0o755, origin);
  }
  const roots = [...basePackages, ...contents.flatMap(({ packages }) => packages)];
  const libraries = [...baseLibraries, ...contents.flatMap(({ libraries = [] }) => libraries)];
  await collector.addLibraries(tree, roots, libraries);
  for (const { python } of contents) {
    if (python !== undefined) await compilePython(tree, python, arch);
  }
}

/**
 * /init is the compiled agent itself, or a stub of a few hundred bytes that executes Deno with the
 * bundled agent.
 */
async function addAgent(tree: FileTree, { arch, agent }: GuestContent): Promise<void> {
  if (typeof agent === "string") {
    tree.file("init", await Deno.readFile(agent), 0o755, "agent");
    return;
  }
  tree.file(denoPath, await Deno.readFile(agent.deno.path), 0o755, agent.deno.origin);
  tree.file(bundlePath, await Deno.readFile(agent.bundle), 0o644, "agent");
  const become = { command: bundleCommand(arch), environment: bundleEnvironment };
  tree.file("init", buildStub(arch, [], become), 0o755);
}

/** Directories, the devices needed at first, and the few files that every program expects. */
function addBase(tree: FileTree): void {
  for (const path of ["dev", "proc", "sys", "run", "root", "etc", "mnt"]) tree.directory(path);
  tree.add({ path: "tmp", kind: "directory", mode: 0o1777, origin: "image" });
  // The sandbox directory is only a mount point, so nobody may write here.
  tree.add({ path: "sandbox", kind: "directory", mode: 0o755, origin: "image" });
  const devices: [string, number, number, number][] = [
    ["console", 0o600, 5, 1],
    ["null", 0o666, 1, 3],
    ["urandom", 0o666, 1, 9],
  ];
  for (const [name, mode, major, minor] of devices) {
    tree.add({
      path: `dev/${name}`,
      kind: "device",
      mode,
      device: { major, minor },
      origin: "image",
    });
  }
  tree.file("etc/passwd", passwd(":x:", [["root", 0], ["job", 1000], ["nobody", 65534]]));
  tree.file("etc/group", "root:x:0:\njob:x:1000:\nnogroup:x:65534:\n");
  tree.file("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n");
  // Each sandbox has its own in their place.
  tree.file("etc/hostname", "guest\n");
  tree.file("etc/resolv.conf", "");
  tree.file("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n");
  tree.file("etc/os-release", 'ID=sallyport\nNAME="Sallyport guest"\n');
}

function passwd(mark: string, users: readonly [string, number][]): string {
  return users.map(([name, id]) => `${name}${mark}${id}:${id}::/sandbox:/nonexistent\n`).join("");
}
