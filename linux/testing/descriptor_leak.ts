// For tests: makes a leaked file descriptor fail the test that leaked it.
//
// Deno's resource sanitizer does not know descriptors opened through FFI, so this counts them in
// /proc itself.

import assert from "node:assert/strict";

/** This process's open descriptors and what they are. */
export function openDescriptors(): Map<number, string> {
  const found = new Map<number, string>();
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      found.set(Number(name), Deno.readLinkSync(`/proc/self/fd/${name}`));
    } catch {
      // the descriptor that read the directory
    }
  }
  return found;
}

/** A test that fails if it leaves a descriptor open, or closes one that was not its own. */
export function leakTest(name: string, fn: () => void | Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: true,
    sanitizeResources: true,
    fn: async () => {
      const before = openDescriptors();
      await fn();
      assert.deepEqual([...openDescriptors().keys()].sort(), [...before.keys()].sort());
    },
  });
}
