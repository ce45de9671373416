// The value of a call, or undefined if it threw the error that is documented.

/** Calls `take`. Any error but one of `kind` is a finding. */
// deno-lint-ignore no-explicit-any -- constructors of errors differ in their parameters
export function expecting<T>(kind: new (...all: any[]) => Error, take: () => T): T | undefined {
  try {
    return take();
  } catch (error) {
    if (error instanceof kind) return undefined;
    throw error;
  }
}
