// Mounts and the host name, as PID 1 of a guest sets them up.
//
// Only for this process's own namespace at start-up; syscall programs make a sandbox's mounts.

import { check, E, errno, SysError } from "./errno.ts";
import { libc } from "./libc.ts";
import { cString } from "./memory.ts";

/** mount(2). `flags` are MS_*; `data` the file system's own options. */
export function mount(
  source: string,
  target: string,
  type: string,
  flags = 0,
  data: string | null = null,
): void {
  const result = libc.mount(
    cString(source),
    cString(target),
    cString(type),
    BigInt(flags),
    data === null ? null : cString(data),
  );
  check(result, "mount", `mount ${type === "" ? source : type} on`, target);
}

/**
 * Like `mount`, but returns false if the same instance is already mounted there (EBUSY: sysfs, or
 * the devtmpfs that the kernel itself mounts). A tmpfs or proc is new each time and is mounted over
 * the old one.
 */
export function mountOnce(
  source: string,
  target: string,
  type: string,
  flags = 0,
  data: string | null = null,
): boolean {
  try {
    mount(source, target, type, flags, data);
    return true;
  } catch (error) {
    if (error instanceof SysError && error.errno === E.EBUSY) return false;
    throw error;
  }
}

/** umount2(2). False if nothing is mounted there. */
export function umount(target: string, flags = 0): boolean {
  if (libc.umount2(cString(target), flags) === 0) return true;
  const number = errno();
  if (number === E.EINVAL || number === E.ENOENT) return false;
  throw new SysError("umount2", number, `unmount "${target}"`);
}

/** sethostname(2). */
export function setHostName(name: string): void {
  const bytes = cString(name);
  const result = libc.sethostname(bytes, BigInt(bytes.length - 1));
  check(result, "sethostname", "set the host name", name);
}
