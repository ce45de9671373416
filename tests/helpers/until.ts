// Waits for a condition, for tests.

/** Waits until something is so. @throws Error after `limitMs` */
export async function until(what: string, so: () => boolean | Promise<boolean>, limitMs = 20_000) {
  for (const end = Date.now() + limitMs; Date.now() < end;) {
    if (await so()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Not so after ${limitMs} ms: ${what}`);
}
