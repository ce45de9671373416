// Process attributes and capabilities: prctl(2), capget(2), capset(2).
//
// Mind the scope: dumpable applies to the process, the rest (no_new_privs, bounding set,
// capabilities, name) only to the calling thread. A seccomp filter installed with TSYNC carries
// no_new_privs to the other threads; capabilities leave all threads only through setresuid
// (ids.ts).

import {
  _LINUX_CAPABILITY_VERSION_3,
  PR_CAPBSET_DROP,
  PR_CAPBSET_READ,
  PR_GET_DUMPABLE,
  PR_GET_NO_NEW_PRIVS,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_DUMPABLE,
  PR_SET_KEEPCAPS,
  PR_SET_NAME,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  PR_SET_SECUREBITS,
} from "./constants.ts";
import { check } from "./errno.ts";
import { libc } from "./libc.ts";
import { cString } from "./memory.ts";
import { syscallNumber, thisArch } from "./syscall_numbers.ts";

const capgetNumber = BigInt(syscallNumber(thisArch, "capget"));
const capsetNumber = BigInt(syscallNumber(thisArch, "capset"));

function prctl(option: number, argument: number, action: string): number {
  return check(libc.prctl(option, BigInt(argument), 0n, 0n, 0n), "prctl", action);
}

/**
 * PR_SET_DUMPABLE. Not dumpable: no core file, no ptrace, and /proc/PID belongs to root. For the
 * whole process.
 */
export function setDumpable(on: boolean): void {
  prctl(PR_SET_DUMPABLE, on ? 1 : 0, "set dumpable");
}

/** PR_GET_DUMPABLE. 0: no, 1: yes, 2: by root only. */
export function getDumpable(): number {
  return prctl(PR_GET_DUMPABLE, 0, "read dumpable");
}

/** PR_SET_NO_NEW_PRIVS: no exec from here on grants anything. Cannot be undone. */
export function setNoNewPrivs(): void {
  prctl(PR_SET_NO_NEW_PRIVS, 1, "set no_new_privs");
}

/** PR_GET_NO_NEW_PRIVS. */
export function getNoNewPrivs(): boolean {
  return prctl(PR_GET_NO_NEW_PRIVS, 0, "read no_new_privs") === 1;
}

/** PR_SET_NAME. The thread's name in /proc, cut to 15 bytes. */
export function setName(name: string): void {
  const result = libc.prctl_buffer(PR_SET_NAME, cString(name), 0n, 0n, 0n);
  check(result, "prctl", "set the name", name);
}

/** PR_CAPBSET_DROP. Takes a capability out of this thread's bounding set; needs CAP_SETPCAP. */
export function capBoundingDrop(capability: number): void {
  prctl(PR_CAPBSET_DROP, capability, "drop a capability from the bounding set");
}

/**
 * PR_CAPBSET_READ. Whether the capability is in the bounding set; EINVAL if the kernel does not
 * know it.
 */
export function capBoundingHas(capability: number): boolean {
  return prctl(PR_CAPBSET_READ, capability, "read the bounding set") === 1;
}

/** PR_SET_KEEPCAPS. Whether permitted capabilities outlive the next setresuid. */
export function setKeepCaps(on: boolean): void {
  prctl(PR_SET_KEEPCAPS, on ? 1 : 0, "set keepcaps");
}

/** PR_SET_SECUREBITS (capabilities(7)); needs CAP_SETPCAP. */
export function setSecurebits(bits: number): void {
  prctl(PR_SET_SECUREBITS, bits, "set securebits");
}

/** PR_SET_PDEATHSIG. The signal this process gets when the thread that made it ends; 0: none. */
export function setParentDeathSignal(signal: number): void {
  prctl(PR_SET_PDEATHSIG, signal, "set the parent-death signal");
}

/** PR_SET_CHILD_SUBREAPER. Orphaned descendants become children of this process. */
export function setChildSubreaper(on: boolean): void {
  prctl(PR_SET_CHILD_SUBREAPER, on ? 1 : 0, "set child subreaper");
}

/** Sets of capabilities as bit masks: bit n is capability n. */
export interface Capabilities {
  /** What the kernel checks. */
  effective: bigint;
  /** What may be made effective. */
  permitted: bigint;
  /** What exec may keep. */
  inheritable: bigint;
}

// struct __user_cap_header_struct {version, pid}; struct __user_cap_data_struct {effective,
// permitted, inheritable}[2]
const header = Uint32Array.of(_LINUX_CAPABILITY_VERSION_3, 0);

/** capget(2) of the calling thread. */
export function capget(): Capabilities {
  const data = new Uint32Array(6);
  check(libc.capability(capgetNumber, header, data), "capget", "read the capabilities");
  const set = (i: number) => BigInt(data[i]) | BigInt(data[i + 3]) << 32n;
  return { effective: set(0), permitted: set(1), inheritable: set(2) };
}

/** capset(2) of the calling thread. */
export function capset(wanted: Capabilities): void {
  const sets = [wanted.effective, wanted.permitted, wanted.inheritable];
  const halves = [0n, 32n].flatMap((shift) =>
    sets.map((set) => Number((set >> shift) & 0xffffffffn))
  );
  const result = libc.capability(capsetNumber, header, Uint32Array.from(halves));
  check(result, "capset", "set the capabilities");
}
