// User and group ids: reading them and giving them up permanently.
//
// glibc applies the setters to every thread of the process; a bare syscall would not. Each setter
// sets all three ids (real, effective, saved), so that no old id is left to return to. Drop ids in
// this order: groups, gid, uid.

import { check } from "./errno.ts";
import { libc } from "./libc.ts";

/** The three ids of a process: credentials(7). */
export interface Ids {
  /** The id of the process's owner. */
  real: number;
  /** What the kernel checks. */
  effective: number;
  /** What the effective id may be set back to. */
  saved: number;
}

/** setgroups(2). Replaces the supplementary groups of all threads; needs CAP_SETGID. */
export function setgroups(groups: readonly number[]): void {
  const list = Uint32Array.from(groups);
  const result = libc.setgroups(BigInt(list.length), list.length === 0 ? null : list);
  check(result, "setgroups", "set the supplementary groups");
}

/** getgroups(2). The supplementary groups. */
export function getgroups(): number[] {
  const list = new Uint32Array(65536);
  const n = check(libc.getgroups(list.length, list), "getgroups", "read the supplementary groups");
  return [...list.subarray(0, n)];
}

/** setresgid(2). Sets real, effective and saved gid of all threads. */
export function setresgid(real: number, effective = real, saved = real): void {
  check(libc.setresgid(real, effective, saved), "setresgid", "set the group id to", real);
}

/**
 * setresuid(2). Sets real, effective and saved uid of all threads; leaving 0 loses every
 * capability.
 */
export function setresuid(real: number, effective = real, saved = real): void {
  check(libc.setresuid(real, effective, saved), "setresuid", "set the user id to", real);
}

/** getresuid(2). */
export function getresuid(): Ids {
  const [real, effective, saved] = [new Uint32Array(1), new Uint32Array(1), new Uint32Array(1)];
  check(libc.getresuid(real, effective, saved), "getresuid", "read the user ids");
  return { real: real[0], effective: effective[0], saved: saved[0] };
}

/** getresgid(2). */
export function getresgid(): Ids {
  const [real, effective, saved] = [new Uint32Array(1), new Uint32Array(1), new Uint32Array(1)];
  check(libc.getresgid(real, effective, saved), "getresgid", "read the group ids");
  return { real: real[0], effective: effective[0], saved: saved[0] };
}

/** Real user id. */
export function getuid(): number {
  return libc.getuid();
}

/** Effective user id. */
export function geteuid(): number {
  return libc.geteuid();
}

/** Real group id. */
export function getgid(): number {
  return libc.getgid();
}

/** Effective group id. */
export function getegid(): number {
  return libc.getegid();
}
