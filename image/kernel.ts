// A kernel to boot with: Debian's cloud kernel by default, with the modules that the guest needs.
//
// An image for another kernel names its files. A kernel with everything built in needs no modules.

import { debianArchitecture } from "./packages/archive.ts";
import type { FileTree } from "./file_tree.ts";
import { lookUpPackages, unpackedPackage } from "./packages/packages.ts";

/** A kernel and its modules on disk. */
export interface Kernel {
  /** Path of the bootable file. */
  image: string;
  /** Maps a module's name ("vsock") to the path of its file. */
  modules: ReadonlyMap<string, string>;
  /** "package=version". */
  origin: string;
}

/**
 * The modules that the guest needs, in the preferred loading order. Those that the kernel has built
 * in are not loaded.
 */
export const wantedModules: readonly string[] = [
  "virtio_pci",
  "virtio_mmio",
  "virtio_rng",
  "vsock",
  "vsock_loopback",
  "vmw_vsock_virtio_transport",
];

/** The modules that the small first root file system needs to reach a disk. */
export const diskModules: readonly string[] = ["virtio_pci", "virtio_mmio", "virtio_blk"];

/** Path of the guest's list of modules: one path per line, in loading order. */
export const moduleList = "usr/lib/sallyport/modules.order";

/** Fetches Debian's cloud kernel into the cache. */
export async function debianKernel(arch: "x86_64" | "aarch64"): Promise<Kernel> {
  const debian = debianArchitecture(arch);
  const meta = `linux-image-cloud-${debian}`;
  const named = (await lookUpPackages([meta], debian)).get(meta)?.depends
    .find((name) => name.startsWith("linux-image-"));
  const pack = named && (await lookUpPackages([named], debian)).get(named);
  if (!pack) throw new Error(`Cannot find the kernel that "${meta}" names in the archive`);
  const directory = await unpackedPackage(pack);
  const release = pack.name.slice("linux-image-".length);
  const modules = new Map<string, string>();
  await findModules(`${directory}/lib/modules/${release}/kernel`, modules);
  return {
    image: `${directory}/boot/vmlinuz-${release}`,
    modules,
    origin: `${pack.name}=${pack.version}`,
  };
}

async function findModules(directory: string, found: Map<string, string>): Promise<void> {
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) await findModules(path, found);
    else if (entry.name.endsWith(".ko")) {
      found.set(entry.name.slice(0, -3).replaceAll("-", "_"), path);
    }
  }
}

/**
 * The modules that a module's .modinfo section names as its dependencies. Throws if the section
 * says nothing about dependencies.
 */
export function dependenciesOf(module: Uint8Array): string[] {
  const text = new TextDecoder("latin1").decode(module);
  const found = text.match(/\0depends=([\w,-]*)\0/);
  if (found === null) throw new Error("Cannot find what the kernel module depends on");
  return found[1].split(",").filter((name) => name !== "").map((name) => name.replaceAll("-", "_"));
}

/** The wanted modules and all their dependencies. Each comes after those that it depends on. */
export async function loadingOrder(kernel: Kernel, wanted: readonly string[]): Promise<string[]> {
  const order: string[] = [];
  const visit = async (name: string): Promise<void> => {
    const path = kernel.modules.get(name);
    if (path === undefined || order.includes(name)) return;
    for (const needed of dependenciesOf(await Deno.readFile(path))) await visit(needed);
    order.push(name);
  };
  for (const name of wanted) await visit(name);
  return order;
}

/** Puts the modules into the tree, with the list from which PID 1 loads them. */
export async function addModules(
  tree: FileTree,
  kernel: Kernel,
  wanted: readonly string[] = wantedModules,
): Promise<void> {
  const paths: string[] = [];
  for (const name of await loadingOrder(kernel, wanted)) {
    const path = `usr/lib/sallyport/modules/${name}.ko`;
    tree.file(path, await Deno.readFile(kernel.modules.get(name)!), 0o644, kernel.origin);
    paths.push(`/${path}\n`);
  }
  tree.file(moduleList, paths.join(""));
}
