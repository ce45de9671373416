// Refuses a tree that has a program, library or kernel module for another processor than the
// guest's.
//
// Without this check, the mistake would show only when something opens the file in the guest. Here
// it ends the build.

import { elfMachine } from "../scripts/tools/elf_machine.ts";
import { elfNeeds } from "./elf.ts";
import type { TreeEntry } from "./file_tree.ts";

/** Counts the ELF files of a tree. If some are not for `arch`, throws an error that names them. */
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
