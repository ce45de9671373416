// A seccomp filter by which a row of a syscall program fails: its sixth argument is marked.
//
// No call of a launcher has six arguments, so the kernel never looks at the sixth. A filter does. It
// is installed in the agent before the first launcher is started, so all launchers and jobs have it.
// The job's own filter decides too, and of two answers the stricter one counts.

import { installFilter } from "../../../linux/seccomp.ts";

/** The upper half of a marked argument; the lower half is what the filter answers. */
const MARK = 0x5a11f417;

const SECCOMP_RET_KILL_PROCESS = 0x80000000;
const SECCOMP_RET_ERRNO = 0x00050000;
const SECCOMP_RET_ALLOW = 0x7fff0000;

/** Where struct seccomp_data has the halves of the sixth argument. */
const LOW = 16 + 5 * 8;

const LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const JUMP_IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K
const RETURN_LOADED = 0x16; // BPF_RET | BPF_A

/** The sixth argument with which a call fails. */
export function failing(errno: number): bigint {
  return BigInt(MARK) << 32n | BigInt(SECCOMP_RET_ERRNO | errno);
}

/** The sixth argument with which a call ends its process by SIGSYS. */
export const killing: bigint = BigInt(MARK) << 32n | BigInt(SECCOMP_RET_KILL_PROCESS);

/** Installs the filter on this thread, and on all that comes of it. It cannot be removed. */
export function heedMarks(): void {
  const rows = [
    [LOAD, 0, 0, LOW + 4],
    [JUMP_IF_EQUAL, 1, 0, MARK],
    [RETURN, 0, 0, SECCOMP_RET_ALLOW],
    [LOAD, 0, 0, LOW],
    [RETURN_LOADED, 0, 0, 0],
  ];
  const bytes = new Uint8Array(rows.length * 8);
  const view = new DataView(bytes.buffer);
  rows.forEach(([code, yes, no, value], index) => {
    view.setUint16(8 * index, code, true);
    bytes.set([yes, no], 8 * index + 2);
    view.setUint32(8 * index + 4, value, true);
  });
  installFilter(bytes);
}
