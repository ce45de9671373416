// The agent gives up everything it no longer needs: ids, capabilities, privileges, syscalls.
//
// Ids and capabilities are read back, so the calls' return values are not trusted alone. No step
// can be undone.

import {
  O_CLOEXEC,
  O_WRONLY,
  RLIMIT_CORE,
  SECCOMP_FILTER_FLAG_TSYNC,
} from "../../linux/constants.ts";
import { E, SysError } from "../../linux/errno.ts";
import { closeFd, openFd, writeFd } from "../../linux/fd.ts";
import { getresgid, getresuid, setgroups, setresgid, setresuid } from "../../linux/ids.ts";
import { prlimit } from "../../linux/process.ts";
import { capget, setDumpable, setNoNewPrivs } from "../../linux/prctl.ts";
import { installFilter } from "../../linux/seccomp.ts";

/** nobody and nogroup, on Debian and nearly everywhere. */
export const NOBODY = 65534;

/**
 * Tells the kernel not to pick the agent when the guest is out of memory
 * (proc_pid_oom_score_adj(5)). A root without CAP_SYS_RESOURCE (as in a container) may not ask for
 * that. Jobs and sandboxes have the highest scores (sandbox/oom_score.ts), so they are picked first.
 */
export function protectFromOom(): void {
  const file = openFd("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  const score = new TextEncoder().encode("-1000");
  const given = writeFd(file, score);
  const written = given >= 0 && given !== score.length ? -E.EIO : given;
  closeFd(file);
  if (written < 0 && written !== -E.EACCES) {
    throw new SysError("write", written, "keep the agent from being picked when memory ends");
  }
}

/** Becomes nobody, on every thread: setresuid(2) through glibc. */
export function dropIds(): void {
  setgroups([]);
  setresgid(NOBODY);
  setresuid(NOBODY);
  const ids = [...Object.values(getresuid()), ...Object.values(getresgid())];
  if (ids.some((id) => id !== NOBODY)) {
    throw new Error("Cannot drop privileges: an id is still there");
  }
  const { effective, permitted } = capget();
  if (effective !== 0n || permitted !== 0n) {
    throw new Error("Cannot drop privileges: a capability is still there");
  }
}

/** No process may trace the agent or read its memory, and exec can gain no privileges. */
export function closeUp(): void {
  setDumpable(false);
  setNoNewPrivs();
  prlimit(0, RLIMIT_CORE, { soft: 0n, hard: 0n });
}

/** Allows only the listed syscalls, on every thread. */
export function installAllowlist(filter: Uint8Array): void {
  installFilter(filter, SECCOMP_FILTER_FLAG_TSYNC);
}
