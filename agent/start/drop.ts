// The agent gives up everything it does not need any more: ids, capabilities, privileges, syscalls.
//
// Each step is checked by looking, not by the call's word alone. There is no way back from any of
// them.

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
 * The kernel shall not pick the agent when the guest is out of memory (proc_pid_oom_score_adj(5)).
 * A root without CAP_SYS_RESOURCE (a container's) may not ask for that; there the launchers and
 * jobs, which raised theirs, are still picked first.
 */
export function protectFromOom(): void {
  const file = openFd("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  const written = writeFd(file, new TextEncoder().encode("-1000"));
  closeFd(file);
  if (written < 0 && written !== -E.EACCES) {
    throw new SysError("write", written, "keep the agent from being picked when memory ends");
  }
}

/** Becomes nobody, on every thread: setresuid(2) by way of glibc. */
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

/** Nobody may trace the agent or read its memory; nothing it could exec would gain privileges. */
export function closeUp(): void {
  setDumpable(false);
  setNoNewPrivs();
  prlimit(0, RLIMIT_CORE, { soft: 0n, hard: 0n });
}

/** Only the listed syscalls, on every thread. */
export function installAllowlist(filter: Uint8Array): void {
  installFilter(filter, SECCOMP_FILTER_FLAG_TSYNC);
}
