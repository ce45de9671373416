// Whether an error only says that the process it was about has ended.

/**
 * A process that ends while it is looked at: its directory in /proc goes (ENOENT), and what was
 * found in it just before has nothing behind it (ESRCH, for which Deno's errors have no code).
 */
export function hasEnded(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || /ESRCH|No such process/.test(String(error));
}
