// Builds an image: tree, archive, manifest, and a read-only disk where its tool is installed.
//
// An image is named after its content, so an existing one need not be built again.

import { commandText, findProgram } from "../scripts/tools/command.ts";
import { sha256 } from "../scripts/tools/digest.ts";
import { root } from "../scripts/tools/paths.ts";
import { bootTree } from "./boot_stub.ts";
import { writeCpio } from "./cpio.ts";
import type { FileTree, TreeEntry } from "./file_tree.ts";
import { type GuestContent, guestTree } from "./guest_tree.ts";
import { checkMachine } from "./machine.ts";
import { manifestText, sizesByOrigin } from "./manifest.ts";

/** A finished image. */
export interface Image {
  /** Path of the cpio archive. */
  initrd: string;
  manifest: string;
  /** Path of the disk, if one was asked for. */
  disk?: string;
  /** Path of the small first file system that mounts the disk, for a kernel with modules. */
  diskInitrd?: string;
  files: number;
  /**
   * How many of the files are programs, libraries or kernel modules. All are for the image's
   * processor.
   */
  programs: number;
  sizes: [origin: string, bytes: number][];
  /** SHA-256 of the manifest, which has a checksum of every file. */
  hash: string;
}

/** File systems a disk can have. */
export type DiskKind = "erofs" | "squashfs";

/** Builds an image into a directory, under a name. */
export async function buildImage(
  content: GuestContent,
  directory: string,
  name: string,
  disk?: DiskKind,
): Promise<Image> {
  await Deno.mkdir(directory, { recursive: true });
  const { tree, packages } = await guestTree(content);
  const entries = tree.entries();
  const programs = checkMachine(entries, content.arch);
  const text = await manifestText(entries, packages);
  const base = `${directory}/${name}`;
  await writeCpio(`${base}.cpio`, entries);
  await Deno.writeTextFile(`${base}.manifest`, text);
  let diskInitrd: string | undefined;
  if (disk !== undefined && content.kernel !== undefined) {
    diskInitrd = `${base}-boot.cpio`;
    await writeCpio(diskInitrd, (await bootTree(content.arch, content.kernel)).entries());
  }
  return {
    initrd: `${base}.cpio`,
    diskInitrd,
    manifest: `${base}.manifest`,
    disk: disk === undefined ? undefined : await writeDisk(tree, disk, `${base}.${disk}`),
    files: entries.length,
    programs,
    sizes: sizesByOrigin(entries),
    hash: await sha256(text),
  };
}

/** A name for what an image would be built from: its content and the code that builds it. */
export async function imageKey(content: GuestContent): Promise<string> {
  const parts = [content.arch, content.languages.join(","), content.kernel?.origin ?? "none"];
  const { agent } = content;
  parts.push(await sha256(await Deno.readFile(typeof agent === "string" ? agent : agent.bundle)));
  if (typeof agent !== "string") parts.push(agent.deno.origin);
  const names: string[] = [];
  for (const folder of ["image", "image/packages"]) {
    for await (const { name } of Deno.readDir(`${root}/${folder}`)) names.push(`${folder}/${name}`);
  }
  for (const name of names.sort()) {
    if (name.endsWith(".ts") && !name.endsWith("_test.ts")) {
      parts.push(await Deno.readTextFile(`${root}/${name}`));
    }
  }
  return (await sha256(parts.join("\0"))).slice(0, 16);
}

const uuid = "5a11940f-0000-4000-8000-000000000000";

/** The disk's tool and its arguments: all times 0, all owners root, a fixed UUID. */
export function diskCommand(kind: DiskKind, from: string, to: string): [string, string[]] {
  if (kind === "erofs") {
    return ["mkfs.erofs", ["-T0", `-U${uuid}`, "--force-uid=0", "--force-gid=0", to, from]];
  }
  return ["mksquashfs", [
    ...[from, to, "-noappend", "-all-root", "-no-xattrs", "-quiet", "-no-progress"],
    // Level 6 of 22 takes a tenth of the time of the default, 15, and gives a twelfth more bytes.
    ...["-mkfs-time", "0", "-all-time", "0", "-comp", "zstd", "-Xcompression-level", "6"],
  ]];
}

/** Makes a disk of a tree with the tool for its kind, which must be installed. */
export async function writeDisk(tree: FileTree, kind: DiskKind, path: string): Promise<string> {
  const work = await Deno.makeTempDir({ prefix: "sallyport-disk-" });
  try {
    await Deno.chmod(work, 0o755); // the disk's root: a job is not root and must enter it
    for (const entry of tree.entries()) await writeEntry(work, entry);
    const [program, args] = diskCommand(kind, work, path);
    const found = findProgram(program);
    if (found === null) throw new Error(`Cannot make a disk: no "${program}" on this machine`);
    await Deno.remove(path).catch(() => {});
    await commandText(found, args);
    return path;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Devices are left out: the kernel has /dev/console before any root, and PID 1 mounts the rest. */
async function writeEntry(work: string, entry: TreeEntry): Promise<void> {
  const path = `${work}/${entry.path}`;
  if (entry.kind === "directory") await Deno.mkdir(path);
  else if (entry.kind === "symlink") await Deno.symlink(entry.target!, path);
  else if (entry.kind === "file") await Deno.writeFile(path, entry.bytes!);
  if (entry.kind === "file" || entry.kind === "directory") await Deno.chmod(path, entry.mode);
}
