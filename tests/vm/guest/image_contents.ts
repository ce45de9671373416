// The actual contents of an image, each entry as the line its manifest must have. They are read
// from the bytes of the archive or disk, without using the code that wrote them.

import { sha256 } from "../../../scripts/tools/digest.ts";

const FORMATS: Readonly<Record<number, string>> = {
  0o040000: "directory",
  0o100000: "file",
  0o120000: "symlink",
  0o020000: "device",
};

interface Entry {
  path: string;
  mode: number;
  owner: string;
  bytes: Uint8Array<ArrayBuffer>;
  device: string;
}

async function line({ path, mode, owner, bytes, device }: Entry): Promise<string> {
  const kind = FORMATS[mode & 0o170000] ?? "unknown";
  const content = kind === "file"
    ? `${bytes.length} ${await sha256(bytes)}`
    : kind === "symlink"
    ? `-> ${new TextDecoder().decode(bytes)}`
    : kind === "device"
    ? device
    : "-";
  return `${kind} ${(mode & 0o7777).toString(8).padStart(4, "0")} ${owner} /${path} ${content}`;
}

/** The manifest's lines for files, without the origin. Throws if a line names no origin. */
export function readManifest(text: string): string[] {
  const packages = new Set([...text.matchAll(/^package (\S+) /gm)].map(([, name]) => name));
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("package "));
  return lines.map((line) => {
    const at = line.lastIndexOf(" ");
    const origin = line.slice(at + 1);
    if (!packages.has(origin) && !/^(image|agent|deno|linux-image-|python).*/.test(origin)) {
      throw new Error(`Cannot find where "${line}" is from`);
    }
    return line.slice(0, at);
  }).sort();
}

/**
 * The entries of an archive in cpio's "newc" form (cpio(5)): 110 bytes of header, name, content.
 */
export async function readArchive(archive: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const ascii = new TextDecoder();
  const lines: string[] = [];
  for (let at = 0;;) {
    const field = (i: number) =>
      parseInt(ascii.decode(archive.subarray(at + 6 + 8 * i, at + 14 + 8 * i)), 16);
    const [size, nameSize] = [field(6), field(11)];
    const path = ascii.decode(archive.subarray(at + 110, at + 110 + nameSize - 1));
    if (path === "TRAILER!!!") return lines.sort();
    const start = (at + 110 + nameSize + 3) & ~3;
    const bytes = archive.slice(start, start + size);
    const owner = `${field(2)}:${field(3)}`;
    const device = `${field(9)}:${field(10)}`;
    if (path !== ".") lines.push(await line({ path, mode: field(1), owner, bytes, device }));
    at = (start + size + 3) & ~3;
  }
}

/**
 * The entries below a directory that was extracted from a disk. As root it keeps the owners;
 * otherwise the files belong to this user.
 */
export async function readDirectory(root: string, below = ""): Promise<string[]> {
  const lines: string[] = [];
  for await (const { name } of Deno.readDir(`${root}/${below}`)) {
    const path = below === "" ? name : `${below}/${name}`;
    const info = await Deno.lstat(`${root}/${path}`);
    const bytes = info.isFile
      ? await Deno.readFile(`${root}/${path}`)
      : info.isSymlink
      ? new TextEncoder().encode(await Deno.readLink(`${root}/${path}`))
      : new Uint8Array();
    const owner = Deno.uid() === 0 ? `${info.uid}:${info.gid}` : "0:0";
    lines.push(await line({ path, mode: info.mode!, owner, bytes, device: "" }));
    if (info.isDirectory) lines.push(...await readDirectory(root, path));
  }
  return lines.sort();
}
