// The languages that an image can have, and what every image takes and leaves out.
//
// Only the packages that a language names are taken whole. From the packages they depend on, the
// image takes only the shared libraries that some file of the image names. So maintenance scripts,
// tools and documentation of the dependencies stay out.

import { compilers } from "./compilers.ts";
import type { LanguageContent } from "./content.ts";
import { interpreters } from "./interpreters.ts";

/** Files of packages that no guest needs, unless a language keeps them. */
const neverTaken: readonly RegExp[] = [
  /^usr\/share\/(doc|man|info|lintian|bug|locale|applications|pixmaps|bash-completion|binfmts|menu)(\/|$)/,
  /^usr\/share\/(icons|debhelper|gcc|gdb|perl5\/Debconf|doc-base)(\/|$)/,
  /^usr\/lib\/debug(\/|$)/,
  /^usr\/include(\/|$)/,
  /^etc\/(cron|init\.d|default|logrotate\.d|skel)/,
  /\.(a|la|pc)$/,
];

/** Whether the image takes a file of a content's packages. */
export function isTaken(
  path: string,
  { without = [], keep = [] }: Pick<LanguageContent, "without" | "keep">,
): boolean {
  const isIn = (patterns: readonly RegExp[]) => patterns.some((pattern) => pattern.test(path));
  return !isIn(without) && (!isIn(neverTaken) || isIn(keep));
}

/** The languages of the policy that an image can have. */
export const languageContents: Readonly<Record<string, LanguageContent>> = {
  ...interpreters,
  ...compilers,
  exec: { packages: [] },
};

/** A language's content. Throws for a name that is none. */
export function languageNamed(name: string): LanguageContent {
  if (Object.hasOwn(languageContents, name)) return languageContents[name];
  const known = Object.keys(languageContents).join(", ");
  throw new Error(`Cannot add the language "${name}": known are ${known}`);
}

/**
 * What every file of the image needs: the C library, and the library that the agent's runtime
 * names.
 */
export const basePackages: readonly string[] = ["libc6", "libgcc-s1"];

/**
 * Libraries of the base packages that are taken although no file names them: the C library opens
 * them at run time.
 */
export const baseLibraries: readonly string[] = ["libc.so.6", "libgcc_s.so.1"];
