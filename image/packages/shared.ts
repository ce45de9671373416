// What several languages need besides their own packages.

import { type LanguageContent, only } from "./content.ts";

/** Places and rules of the world's time zones: PHP ends without them, others know only UTC. */
export const zones: LanguageContent = {
  packages: ["tzdata"],
  without: [/^usr\/share\/zoneinfo\/(right|posix)(\/|$)/],
};

/** What iconv(3) opens for the encodings of Europe and the forms of Unicode. */
export const encodings: LanguageContent = only(
  "libc6",
  /usr\/lib\/[^/]+\/gconv\/(gconv-modules|(ISO8859-|CP125|KOI8-|UTF-)\w+\.so|UNICODE\.so)/,
);

/** A shell, which system(3) starts. */
export const sh: LanguageContent = {
  packages: ["dash"],
  without: [/^usr\/share/],
  links: { "usr/bin/sh": "dash" },
};

/** The programs that people expect beside a shell. */
export const tools: readonly string[] = [
  ...["coreutils", "sed", "grep", "mawk", "findutils", "tar", "gzip", "diffutils", "hostname"],
];
