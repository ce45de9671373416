// What clients are told of this host's troubles: the reason, without the paths of its files. The
// service's log has all of it.

/** A path that begins at the root, up to what cannot be in one, or follows one in a sentence. */
const path = /(?<![\w.~/-])\/[^\s"'`:;,()]+/g;

/** The text without paths. */
export function withoutPaths(text: string): string {
  return text.replace(path, "…");
}
