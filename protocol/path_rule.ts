// Which paths a client may name inside the sandbox directory.
//
// This is the first of two checks; the second is openat2(2) with RESOLVE_BENEATH. Both are needed.

import { fitsUtf8 } from "./utf8.ts";

/** Most bytes of a whole path. */
export const pathBytes = 1024;
/** Most bytes of one segment: NAME_MAX of Linux. */
export const segmentBytes = 255;

/**
 * The rule that `path` breaks, worded to follow the field's name, or null if the path is allowed.
 */
export function brokenPathRule(path: string): string | null {
  if (path === "") return "must not be empty";
  if (path.startsWith("/")) return "must be relative";
  if (path.includes("\0")) return "must not hold a NUL";
  if (!path.isWellFormed()) return "must be well-formed Unicode";
  if (!fitsUtf8(path, pathBytes)) return `must be at most ${pathBytes} bytes`;
  for (const segment of path.split("/")) {
    if (segment === "") return "must not hold an empty segment";
    if (segment === "." || segment === "..") return `must not hold a segment "${segment}"`;
    if (!fitsUtf8(segment, segmentBytes)) {
      return `must have segments of at most ${segmentBytes} bytes`;
    }
  }
  return null;
}
