// The kernel's error numbers, their names, and the error class for failed calls.
//
// glibc keeps errno in memory of each thread. It is copied right after the failed call, before
// anything else can run. Deno's own pointer classes could read it too, but they need permission to
// call any library, and this program asks for only one. A thrown SysError always carries the
// symbolic name, so that nobody has to look up a number.

import { libc } from "./libc.ts";

/** errno(3) values, the same on x86_64 and aarch64 (asm-generic/errno.h). */
export const E = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  ENOTBLK: 15,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  EPIPE: 32,
  EDOM: 33,
  ERANGE: 34,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOLCK: 37,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENOMSG: 42,
  EIDRM: 43,
  ECHRNG: 44,
  EL2NSYNC: 45,
  EL3HLT: 46,
  EL3RST: 47,
  ELNRNG: 48,
  EUNATCH: 49,
  ENOCSI: 50,
  EL2HLT: 51,
  EBADE: 52,
  EBADR: 53,
  EXFULL: 54,
  ENOANO: 55,
  EBADRQC: 56,
  EBADSLT: 57,
  EBFONT: 59,
  ENOSTR: 60,
  ENODATA: 61,
  ETIME: 62,
  ENOSR: 63,
  ENONET: 64,
  ENOPKG: 65,
  EREMOTE: 66,
  ENOLINK: 67,
  EADV: 68,
  ESRMNT: 69,
  ECOMM: 70,
  EPROTO: 71,
  EMULTIHOP: 72,
  EDOTDOT: 73,
  EBADMSG: 74,
  EOVERFLOW: 75,
  ENOTUNIQ: 76,
  EBADFD: 77,
  EREMCHG: 78,
  ELIBACC: 79,
  ELIBBAD: 80,
  ELIBSCN: 81,
  ELIBMAX: 82,
  ELIBEXEC: 83,
  EILSEQ: 84,
  ERESTART: 85,
  ESTRPIPE: 86,
  EUSERS: 87,
  ENOTSOCK: 88,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  EPROTOTYPE: 91,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EPFNOSUPPORT: 96,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENETRESET: 102,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ESHUTDOWN: 108,
  ETOOMANYREFS: 109,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
  ESTALE: 116,
  EUCLEAN: 117,
  ENOTNAM: 118,
  ENAVAIL: 119,
  EISNAM: 120,
  EREMOTEIO: 121,
  EDQUOT: 122,
  ENOMEDIUM: 123,
  EMEDIUMTYPE: 124,
  ECANCELED: 125,
  ENOKEY: 126,
  EKEYEXPIRED: 127,
  EKEYREVOKED: 128,
  EKEYREJECTED: 129,
  EOWNERDEAD: 130,
  ENOTRECOVERABLE: 131,
  ERFKILL: 132,
  EHWPOISON: 133,
} as const;

/** Made when the first name is asked for: the start needs none. */
let names: Map<number, string> | undefined;

const location = libc.__errno_location();
const word = new Int32Array(1);

/** This thread's errno: the reason why the last failed C library call failed. */
export function errno(): number {
  libc.memcpy_from(word, location, 4n);
  return word[0];
}

/** "EPERM" for 1; "errno 999" for a number without a name. The sign is ignored. */
export function errnoName(n: number): string {
  names ??= new Map(Object.entries(E).map(([name, number]) => [number, name]));
  return names.get(Math.abs(n)) ?? `errno ${Math.abs(n)}`;
}

/**
 * A failed system call: `call` is the call's name, `errno` the positive error number, `code` the
 * error's symbolic name, and `detail` what was being done. The message reads `Cannot bind unix
 * socket "/x": EADDRINUSE`.
 */
export class SysError extends Error {
  /** "SysError". */
  override readonly name = "SysError";
  /** Symbolic name of the error, such as "EADDRINUSE". */
  readonly code: string;

  /** `errno` may be negative, as the hot calls return it. */
  constructor(
    readonly call: string,
    public readonly errno: number,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot ${detail}: ${errnoName(errno)}`, options);
    this.errno = Math.abs(errno);
    this.code = errnoName(errno);
  }
}

/**
 * Returns the result of a C call, or throws SysError if it is -1. The message is built only after
 * errno has been read, so that building it cannot change errno. `subject` is put in quotes after
 * `action`.
 */
export function check(
  result: number,
  call: string,
  action: string,
  subject?: string | number,
): number {
  if (result !== -1) return result;
  const number = errno();
  throw new SysError(call, number, subject === undefined ? action : `${action} "${subject}"`);
}

/**
 * Turns the C convention (-1 and errno) into the hot calls' convention: the result, or minus the
 * error number.
 */
export function orErrno(result: number): number {
  return result === -1 ? -errno() : result;
}
