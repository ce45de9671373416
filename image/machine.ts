// Refuses a tree with a program, library or kernel module of another processor than the guest's.
//
// One such file would be found only when something opens it in the guest; here it ends the build.

import { elfMachine } from "../scripts/tools/elf_machine.ts";
import { elfNeeds } from "./elf.ts";
import type { TreeEntry } from "./file_tree.ts";

/** Counts the ELF files of a tree. Throws, naming them, if some are not for `arch`. */
export function checkMachine(
  entries: readonly TreeEntry[],
  arch: keyof typeof elfMachine,
): number {
  let count = 0;
  const foreign: string[] = [];
  for (const { path, bytes } of entries) {
    const needs = bytes === undefined ? null : elfNeeds(bytes);
    if (needs === null) continue;
    count++;
    if (needs.machine !== elfMachine[arch]) foreign.push(`"/${path}" (machine ${needs.machine})`);
  }
  if (foreign.length > 0) {
    throw new Error(
      `Cannot put files of another processor into an image for "${arch}": ${foreign.join(", ")}`,
    );
  }
  return count;
}
