// Names of signals, and the numbers back from the names.
//
// Results and requests say "SIGTERM"; the kernel says 15. The table is built from the constants, so
// each number is written in one place only.

import {
  SIGABRT,
  SIGALRM,
  SIGBUS,
  SIGCHLD,
  SIGCONT,
  SIGFPE,
  SIGHUP,
  SIGILL,
  SIGINT,
  SIGIO,
  SIGKILL,
  SIGPIPE,
  SIGPROF,
  SIGPWR,
  SIGQUIT,
  SIGSEGV,
  SIGSTKFLT,
  SIGSTOP,
  SIGSYS,
  SIGTERM,
  SIGTRAP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGUSR1,
  SIGUSR2,
  SIGVTALRM,
  SIGWINCH,
  SIGXCPU,
  SIGXFSZ,
} from "./constants.ts";

const numbers = new Map(Object.entries({
  SIGHUP,
  SIGINT,
  SIGQUIT,
  SIGILL,
  SIGTRAP,
  SIGABRT,
  SIGBUS,
  SIGFPE,
  SIGKILL,
  SIGUSR1,
  SIGSEGV,
  SIGUSR2,
  SIGPIPE,
  SIGALRM,
  SIGTERM,
  SIGSTKFLT,
  SIGCHLD,
  SIGCONT,
  SIGSTOP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGXCPU,
  SIGXFSZ,
  SIGVTALRM,
  SIGPROF,
  SIGWINCH,
  SIGIO,
  SIGPWR,
  SIGSYS,
}));
const names = new Map([...numbers].map(([name, number]) => [number, name]));

/** Number of the last signal, real-time ones included: signal(7). */
export const SIGRTMAX = 64;

/**
 * "SIGKILL" for 9, "SIGRTMIN+2" for 36 (counted from the kernel's first, 34 with glibc), else
 * "signal 99".
 */
export function signalName(number: number): string {
  const name = names.get(number);
  if (name !== undefined) return name;
  if (number >= 34 && number <= SIGRTMAX) {
    return number === 34 ? "SIGRTMIN" : `SIGRTMIN+${number - 34}`;
  }
  return `signal ${number}`;
}

/** 9 for "SIGKILL" (standard signals only); undefined for an unknown name. */
export function signalNumber(name: string): number | undefined {
  return numbers.get(name);
}
