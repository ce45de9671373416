// What one language brings into an image, as a table says it, and that for one processor.

import type { DebianArchitecture } from "./archive.ts";

/**
 * What the image contains for one language. In names of packages and in paths, `{triplet}` stands
 * for Debian's directory of the processor's libraries, `{dashes}` for the same in a package's name,
 * and `{debian}` for Debian's name of the processor.
 */
export interface LanguageContent {
  /** Contents that it needs besides, each with rules of its own. */
  also?: readonly LanguageContent[];
  /** Packages taken whole, except `without` and `neverTaken`. */
  packages: readonly string[];
  /** Paths of those packages that stay out, matched at their beginning. */
  without?: readonly RegExp[];
  /** Paths that are taken although `neverTaken` names them: what compilers read. */
  keep?: readonly RegExp[];
  /** Symlinks that a maintenance script of the packages would make. */
  links?: Readonly<Record<string, string>>;
  /** Files that such a script would write. */
  files?: Readonly<Record<string, string>>;
  /** Libraries that programs open, or are linked with, although no file of the image names them. */
  libraries?: readonly string[];
  /** Directory of Python modules to compile in advance. */
  python?: string;
  /** Whether it needs Deno's executable. */
  deno?: boolean;
}

const triplets = { amd64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" } as const;

/** A language's content for one processor: those that it needs besides, then its own. */
export function contentsFor(
  content: LanguageContent,
  architecture: DebianArchitecture,
): LanguageContent[] {
  const triplet = triplets[architecture];
  const fitted = (text: string) =>
    text.replaceAll("{triplet}", triplet).replaceAll("{dashes}", triplet.replace("_", "-"))
      .replaceAll("{debian}", architecture);
  const links = Object.entries(content.links ?? {});
  const own = {
    ...content,
    also: [],
    packages: content.packages.map(fitted),
    links: Object.fromEntries(links.map((pair) => pair.map(fitted))),
  };
  return [...(content.also ?? []).flatMap((other) => contentsFor(other, architecture)), own];
}

/** What alone is taken of a package. */
export function only(name: string, pattern: RegExp): LanguageContent {
  return { packages: [name], without: [new RegExp(`^(?!${pattern.source})`)] };
}
