// Writes a short text to a file, as files of /proc take it.

import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from "../linux/constants.ts";
import type { Program } from "./program.ts";

/**
 * Writes `text` in three steps. They assume that `free` is the lowest free descriptor, and fail if it
 * is wrong.
 *
 * @param must Whether it is a failure if the kernel does not take the text.
 */
export function writeText(
  program: Program,
  free: number,
  name: string,
  path: string,
  text: string,
  must = true,
): void {
  const bytes = program.text(text);
  const flags = O_WRONLY | O_CLOEXEC;
  program.step(`${name}: open`, "openat", [AT_FDCWD, program.text(path), flags, 0]);
  program.step(`${name}: write`, "write", [free, bytes, text.length], { must });
  program.step(`${name}: close`, "close", [free]);
}
