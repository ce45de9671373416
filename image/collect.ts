// Fills the tree from unpacked packages: first whole packages, then the libraries that the files in
// the tree name.
//
// It finds these libraries by reading ELF files, and never runs anything of the image.

import type { DebianArchitecture } from "./packages/archive.ts";
import type { LanguageContent } from "./packages/content.ts";
import { elfNeeds } from "./elf.ts";
import { type FileTree, mergedPath } from "./file_tree.ts";
import { isTaken } from "./packages/languages.ts";
import { lookUpPackages, type Package, unpackedPackage } from "./packages/packages.ts";

/** One file of an unpacked package. */
interface PackageFile {
  /** Its path in the image. */
  path: string;
  /** Its path on this machine. */
  source: string;
  origin: string;
}

/** The packages of an archive, unpacked when they are needed. */
export class Collector {
  readonly #architecture: DebianArchitecture;
  readonly #known = new Map<string, Package>();
  readonly #used = new Map<string, Package>();
  readonly #files = new Map<string, PackageFile[]>();

  constructor(architecture: DebianArchitecture) {
    this.#architecture = architecture;
  }

  /** Every package from which the image takes a file, sorted by name. */
  get used(): Package[] {
    return [...this.#used.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Adds the packages of a content, and what it makes itself. Throws if the archive lacks one. */
  async addContent(tree: FileTree, content: LanguageContent): Promise<void> {
    const { packages, links = {}, files = {} } = content;
    await this.#learn(packages);
    for (const name of packages) {
      if (!this.#known.has(name)) throw new Error(`Cannot find package "${name}" in the archive`);
      for (const file of await this.#list(name)) {
        if (isTaken(mergedPath(file.path), content)) await this.#take(tree, file, name);
      }
    }
    for (const [path, target] of Object.entries(links)) {
      if (!tree.has(path)) tree.symlink(path, target);
    }
    for (const [path, text] of Object.entries(files)) tree.file(path, text);
  }

  /** Adds the libraries that files of the tree name and that the tree lacks. `also` names more. */
  async addLibraries(
    tree: FileTree,
    roots: readonly string[],
    also: readonly string[],
  ): Promise<void> {
    const byName = await this.#libraries(roots);
    const wanted = [...also];
    const seen = new Set<string>();
    const there = new Set<string>();
    for (const entry of tree.entries()) {
      there.add(entry.path.slice(entry.path.lastIndexOf("/") + 1));
      if (entry.bytes) wanted.push(...namedBy(entry.bytes));
    }
    while (wanted.length > 0) {
      const name = wanted.pop()!;
      if (seen.has(name)) continue;
      seen.add(name);
      if (there.has(name)) continue;
      const found = byName.get(name);
      if (found === undefined) throw new Error(`Cannot find the library "${name}" in any package`);
      for (const file of found.files) await this.#take(tree, file, found.name);
      const last = found.files[found.files.length - 1];
      wanted.push(...namedBy(await Deno.readFile(last.source)));
    }
  }

  /**
   * All libraries in the dependency closure of packages. Maps each name to the symlinks to follow
   * and the file itself.
   */
  async #libraries(
    roots: readonly string[],
  ): Promise<Map<string, { name: string; files: PackageFile[] }>> {
    const all = new Set<string>();
    let wave = [...roots];
    while (wave.length > 0) {
      await this.#learn(wave);
      for (const name of wave) all.add(name);
      wave = wave.flatMap((name) => this.#known.get(name)?.depends ?? [])
        .filter((name) => !all.has(name) && /^(lib|zlib)/.test(name));
      wave = [...new Set(wave)];
    }
    const byName = new Map<string, { name: string; files: PackageFile[] }>();
    for (const name of [...all].sort()) {
      if (!this.#known.has(name)) continue;
      const files = await this.#list(name);
      for (const file of files) {
        const base = file.path.slice(file.path.lastIndexOf("/") + 1);
        if (!/^(lib|ld-).*\.so(\.|$)/.test(base)) continue;
        const chain = await linkChain(file, files);
        const before = byName.get(base);
        if (before === undefined) byName.set(base, { name, files: chain });
        // Programs name the loader by a different path, often a symlink in /lib64: both are needed.
        else if (before.name === name && base.startsWith("ld-")) before.files.unshift(...chain);
      }
    }
    return byName;
  }

  async #learn(names: readonly string[]): Promise<void> {
    const unknown = names.filter((name) => !this.#known.has(name));
    for (const [name, pack] of await lookUpPackages(unknown, this.#architecture)) {
      this.#known.set(name, pack);
    }
  }

  async #list(name: string): Promise<PackageFile[]> {
    const cached = this.#files.get(name);
    if (cached !== undefined) return cached;
    const pack = this.#known.get(name)!;
    const directory = await unpackedPackage(pack);
    const files: PackageFile[] = [];
    await walk(directory, "", (path) => {
      files.push({ path, source: `${directory}/${path}`, origin: `${name}=${pack.version}` });
    });
    this.#files.set(name, files);
    return files;
  }

  async #take(tree: FileTree, file: PackageFile, name: string): Promise<void> {
    if (tree.has(file.path)) return;
    this.#used.set(name, this.#known.get(name)!);
    const info = await Deno.lstat(file.source);
    if (info.isSymlink) {
      tree.symlink(file.path, await Deno.readLink(file.source), file.origin);
    } else {
      tree.file(file.path, await Deno.readFile(file.source), info.mode! & 0o7777, file.origin);
    }
  }
}

function namedBy(bytes: Uint8Array<ArrayBuffer>): string[] {
  const needs = elfNeeds(bytes);
  if (needs === null) return [];
  const loader = needs.interpreter?.split("/").pop();
  return loader === undefined ? needs.libraries : [...needs.libraries, loader];
}

/** A library's symlinks, followed by its file. */
async function linkChain(file: PackageFile, files: readonly PackageFile[]): Promise<PackageFile[]> {
  const chain = [file];
  for (let hop = 0; hop < 8; hop++) {
    const last = chain[chain.length - 1];
    if (!(await Deno.lstat(last.source)).isSymlink) break;
    const target = (await Deno.readLink(last.source)).split("/").pop();
    const next = files.find((f) => f !== last && f.path.endsWith(`/${target}`));
    if (next === undefined) break;
    chain.push(next);
  }
  return chain;
}

async function walk(root: string, under: string, visit: (path: string) => void): Promise<void> {
  const names: Deno.DirEntry[] = [];
  for await (const entry of Deno.readDir(under === "" ? root : `${root}/${under}`)) {
    names.push(entry);
  }
  names.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of names) {
    const path = under === "" ? entry.name : `${under}/${entry.name}`;
    if (entry.isDirectory) await walk(root, path, visit);
    else visit(path);
  }
}
