// Decodes the wait status word of waitpid(2) and wait4(2): the C macros as functions.
//
// Pure arithmetic, the same on every architecture of Linux (bits/waitstatus.h).

/** The process ended by itself. */
export function WIFEXITED(status: number): boolean {
  return (status & 0x7f) === 0;
}

/** Its exit code, 0 to 255; valid only if WIFEXITED. */
export function WEXITSTATUS(status: number): number {
  return (status >> 8) & 0xff;
}

/** A signal ended it. */
export function WIFSIGNALED(status: number): boolean {
  const signal = status & 0x7f;
  return signal !== 0 && signal !== 0x7f;
}

/** That signal's number; valid only if WIFSIGNALED. */
export function WTERMSIG(status: number): number {
  return status & 0x7f;
}

/** It left a core dump (or would have). */
export function WCOREDUMP(status: number): boolean {
  return (status & 0x80) !== 0;
}

/** It is stopped, not ended. */
export function WIFSTOPPED(status: number): boolean {
  return (status & 0xff) === 0x7f;
}

/** The signal that stopped it; valid only if WIFSTOPPED. */
export function WSTOPSIG(status: number): number {
  return WEXITSTATUS(status);
}
