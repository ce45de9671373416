// Starts the first launcher, the only process that the agent starts directly.
//
// The executable is built in memory and run from there. So it needs no file on a disk, and nobody
// can replace it there.

import {
  F_ADD_SEALS,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  SO_SNDBUF,
} from "../linux/constants.ts";
import { E, SysError } from "../linux/errno.ts";
import { closeFd, fcntl, memfdCreate, writeFd } from "../linux/fd.ts";
import { posixSpawn } from "../linux/process.ts";
import { setsockopt, socketpair } from "../linux/socket.ts";
import type { Arch } from "../linux/syscall_numbers.ts";
import { ARENA_SIZE } from "./launcher/code.ts";
import { buildLauncher } from "./launcher/elf.ts";
import { CGROUP, CONTROL } from "./layout.ts";

/** Makes the file immutable (fcntl(2)). */
const SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

/** A launcher that was started. */
export interface Launched {
  readonly pid: number;
  /** Our end of its control socket. */
  readonly control: number;
}

/**
 * Starts a launcher with its control socket on descriptor CONTROL.
 *
 * @param cgroup Descriptor of the cgroup directory that it gets as CGROUP, if there is one.
 * @throws SysError when a step fails.
 */
export function launch(arch: Arch, cgroup?: number): Launched {
  const file = memfdCreate("sallyport-launcher", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  const bytes = buildLauncher(arch);
  const written = writeFd(file, bytes);
  if (written < 0) throw new SysError("write", -written, "write the launcher");
  if (written !== bytes.length) throw new SysError("write", E.EIO, "write all of the launcher");
  fcntl(file, F_ADD_SEALS, SEALS);
  const [ours, theirs] = socketpair();
  setsockopt(ours, SO_SNDBUF, ARENA_SIZE);
  const pid = posixSpawn(`/proc/self/fd/${file}`, ["sallyport-launcher"], [], {
    dup2: [[theirs, CONTROL], ...(cgroup === undefined ? [] : [[cgroup, CGROUP] as const])],
    devNull: [0, 1, 2],
    setsid: true,
    resetSignals: true,
  });
  closeFd(theirs);
  closeFd(file);
  return { pid, control: ours };
}
